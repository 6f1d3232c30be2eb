import { describe, expect, test } from 'vitest';
import { fbp } from '../operators/index.js';
import { tensor } from '../tensor/tensor.js';
import { layOutScan, prepareRow } from './prepare-scan.js';
import { findAxis } from './rotation-axis.js';
import type { Scan } from './scan.js';
import { countsOf, type DiscScan, discIntegrals, halfTurn } from './testing/discs.js';

const plain = { binning: 1, air: 0, rings: 0 };

function scanOf({ angles, bins, fan }: DiscScan): Scan {
  const lengths = fan && { fan, binSize: 1 };
  return { views: angles.length, bins, rows: 1, angles, ...lengths, notices: [], row: () => Promise.reject(new Error('not read')) };
}

async function axisOf(scan: DiscScan, photons: number): Promise<number> {
  const { y } = prepareRow(countsOf(discIntegrals(scan), { photons, seed: 4 }), plain);
  const layout = await layOutScan(scanOf(scan), y, { binning: 1, size: 128 }, fbp);
  expect(layout.axisFrom).toBe('found');
  return layout.axis;
}

const wholeTurn = halfTurn(180).map((angle) => 2 * angle);
const fan = { sourceToAxis: 400, sourceToDetector: 600 };

describe('the rotation axis is found', () => {
  test.each([
    ['180 views of half a turn', { angles: halfTurn(180), bins: 200, axis: 91.3 }, 1e5, 0.1],
    ['noise', { angles: halfTurn(180), bins: 200, axis: 108.75 }, 2e3, 0.2],
    ['25 views', { angles: halfTurn(25), bins: 200, axis: 91.3 }, 1e5, 0.1],
    ['a whole turn', { angles: wholeTurn, bins: 200, axis: 105.2 }, 1e5, 0.1],
    ['an object wider than the detector', { angles: halfTurn(180), bins: 110, axis: 51.4 }, 1e5, 0.5],
    ['the same, a whole turn', { angles: wholeTurn, bins: 110, axis: 58.2 }, 1e5, 0.5],
    ['a fan, a whole turn', { angles: wholeTurn, bins: 240, axis: 124.3, fan }, 1e5, 0.5],
  ])('%s', async (_, scan, photons, error) => {
    expect(Math.abs((await axisOf(scan, photons)) - scan.axis)).toBeLessThan(error);
  });
});

test('one that is stated is taken, in bins before binning', async () => {
  const angles = halfTurn(60);
  const y = discIntegrals({ angles, bins: 200, axis: 95 });
  const { y: binned } = prepareRow({ lineIntegrals: y }, { ...plain, binning: 2 });
  const layout = await layOutScan(scanOf({ angles, bins: 200, axis: 0 }), binned, { binning: 2, size: 64, axis: 95 }, fbp);
  expect(layout).toMatchObject({ axisFrom: 'stated', axis: 95, geometry: { axis: 47.25, bins: 100 } });
  await expect(layOutScan(scanOf({ angles, bins: 200, axis: 0 }), binned, { binning: 2, size: 64, axis: 200 }, fbp)).rejects.toThrow(
    /0 to 199; got 200/,
  );
});

test('of an empty scan nothing is found, and that is told', async () => {
  const y = tensor([30, 200]);
  const layout = await layOutScan(scanOf({ angles: halfTurn(30), bins: 200, axis: 0 }), y, { binning: 1, size: 64 }, fbp);
  expect(layout.axisFrom).toBe('middle of the detector');
  expect(layout.notices.join()).toContain('could not be found');
});

test('the search ends at the least of a score, and tells when that is at an end', async () => {
  const found = await findAxis((axis) => Math.abs(axis - 77.31), { bins: 160 });
  expect(found.axis).toBeCloseTo(77.31, 0);
  expect([found.atEnd, found.contrast < 0.1]).toEqual([false, true]);
  expect((await findAxis((axis) => -axis, { bins: 160 })).atEnd).toBe(true);
});

test('the scale leaves room above the densest', async () => {
  const angles = halfTurn(180);
  const y = discIntegrals({ angles, bins: 200, axis: 99.5 });
  const scan = { ...scanOf({ angles, bins: 200, axis: 0 }), binSize: 0.1 };
  const { geometry } = await layOutScan(scan, y, { binning: 1, size: 200, axis: 99.5 }, fbp);
  // the densest disc: 0.02 + 0.03 per bin of 1 mm
  expect(geometry.muMax).toBeGreaterThan(0.5);
  expect(geometry.muMax).toBeLessThan(0.9);
  expect(geometry.pixelSize).toBeCloseTo(0.1, 6);
});
