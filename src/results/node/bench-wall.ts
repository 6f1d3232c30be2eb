import { readFile } from 'node:fs/promises';
import { ProblemReader } from '../../experiments/bench/pack.js';
import type { BenchFolder } from '../../experiments/node/bench/bench-folder.js';
import type { Plan } from '../../experiments/node/bench/plan.js';
import type { BenchState } from '../../experiments/node/bench/run-bench.js';
import { encodePng } from '../../io/node/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Wall, WallPicture } from '../bench/bench-report.js';
import { packPicture } from '../bench/packed-picture.js';

/** The walls of a bench: of each table the first images, the truth and every method's. @param most images of a table */
export async function wallsOf(
  folder: BenchFolder,
  { tables, problems }: Pick<Plan, 'tables' | 'problems'>,
  { results }: Pick<BenchState, 'results'>,
  most: number,
): Promise<Map<string, Wall>> {
  const walls = new Map<string, Wall>();
  const reader = new ProblemReader();
  for (const { name } of tables) {
    const own = results.filter(({ run }) => run.table === name);
    const rows: Array<Wall['rows'][number]> = [];
    let scale: Wall['scale'];
    for (const image of [...new Set(own.map(({ run }) => run.image))].slice(0, most)) {
      const here = own.filter(({ run }) => run.image === image);
      const path = problems.get(here[0].run.problem) as string;
      const problem = await reader.read(await readFile(path), path);
      scale = problem.scale;
      const pictures: WallPicture[] = problem.truth ? [{ ...(await pictureOf('truth', problem.truth)), truth: true }] : [];
      const shown = problem.setup.shown(problem.y);
      if (shown && shown.range === undefined && scale === undefined) pictures.push(await pictureOf('measured', shown.image));
      for (const { run, record } of here) {
        const { psnr, ssim, hu } = record;
        const figures = [
          psnr === undefined ? undefined : `${psnr.toFixed(2)} dB`,
          ssim?.toFixed(3),
          hu?.soft === undefined ? undefined : `${hu.soft.toFixed(0)} HU`,
        ];
        const caption = figures.filter((figure) => figure !== undefined).join(', ');
        pictures.push({ ...(await pictureOf(run.column, await folder.image(run.id))), caption });
      }
      rows.push({ image, pictures });
    }
    if (rows.length > 0) walls.set(name, { rows, ...(scale && { scale }) });
  }
  return walls;
}

async function pictureOf(title: string, image: Tensor): Promise<WallPicture> {
  const png = Buffer.from(await encodePng(packPicture(image))).toString('base64');
  return { title, png: `data:image/png;base64,${png}`, kind: image.shape.at(-3) === 1 ? 'grey' : 'colour' };
}
