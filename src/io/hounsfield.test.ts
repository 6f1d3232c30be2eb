import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.js';
import {
  applyWindow,
  attenuationFromHu,
  attenuationFromUnit,
  fullWindow,
  huFromAttenuation,
  huFromImage,
  imageFromHu,
  windowLimits,
  windowRange,
} from './hounsfield.js';

test('air, water and +1000 HU stand at -1, 0 and 1; beyond is clipped', () => {
  expect(imageFromHu(tensor([6], [-3024, -1000, 0, 500, 1000, 3000])).data).toBeNear([-1, -1, 0, 0.5, 1, 1], { absolute: 5e-7 });
  expect(attenuationFromHu(0)).toBeCloseTo(0.2, 12);
  expect(attenuationFromHu(1000)).toBeCloseTo(0.4, 12);
  expect(attenuationFromUnit(-1)).toBe(0);
  expect(attenuationFromUnit(1)).toBeCloseTo(0.4, 12);
});

test('HU to image and back, on this and on another scale', () => {
  const hu = [-1000, -123, 0, 40, 999];
  expect(huFromImage(imageFromHu(tensor([5], hu))).data).toBeNear(hu, { absolute: 5e-4 });
  const scale = { muWater: 0.19, muMax: 0.6 };
  expect(huFromImage(imageFromHu(tensor([5], hu), scale), scale).data).toBeNear(hu, { absolute: 5e-4 });
  expect(imageFromHu(tensor([1], [0]), scale).data[0]).toBeCloseTo(0.38 / 0.6 - 1, 6);
  for (const value of hu) expect(huFromAttenuation(attenuationFromHu(value, scale), scale)).toBeCloseTo(value, 9);
});

test('the DICOM window: PS3.3 C.11.2.1.2, center 2048 and width 4096 map 0 and 4095 to black and white', () => {
  expect(windowLimits({ center: 2048, width: 4096 })).toEqual([0, 4095]);
  expect(applyWindow(tensor([5], [-9, 0, 2047.5, 4095, 9999]), { center: 2048, width: 4096 }).data).toBeNear([-1, -1, 0, 1, 1], {
    absolute: 5e-7,
  });
  expect(windowRange({ center: 40.5, width: 401 })).toBeNear([-0.16, 0.24], { absolute: 5e-7 });
  const [black, white] = windowRange(fullWindow);
  expect(Math.abs(black + 1) + Math.abs(white - 1)).toBeLessThan(0.003);
});
