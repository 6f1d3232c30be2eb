import { runs } from '../state/runs.js';
import { words } from '../words.js';

/** The figures of every finished run, beside one another. */
export function Figures() {
  const done = runs.value.flatMap(({ id, title, result }) => (result ? [{ id, title, result }] : []));
  if (done.length === 0) return null;
  const { columns } = words;
  const known = done.some(({ result }) => result.psnr !== undefined);
  const soft = done.some(({ result }) => result.hu?.soft !== undefined);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on a phone, by keys too
    <section class="table" tabIndex={0} aria-label={words.figures}>
      <table>
        <caption>{words.figures}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.method}</th>
            {known && <th scope="col">{columns.psnr}</th>}
            {known && <th scope="col">{columns.ssim}</th>}
            {soft && <th scope="col">{columns.soft}</th>}
            <th scope="col">{columns.residual}</th>
            <th scope="col">{columns.seconds}</th>
          </tr>
        </thead>
        <tbody>
          {done.map(({ id, title, result: { psnr, ssim, hu, residual, sigma, seconds } }) => (
            <tr key={id}>
              <th scope="row">{title}</th>
              {known && <td>{psnr?.toFixed(2)}</td>}
              {known && <td>{ssim?.toFixed(3)}</td>}
              {soft && <td>{hu?.soft?.toFixed(1)}</td>}
              <td>{sigma > 0 ? (residual / sigma ** 2).toPrecision(3) : residual.toExponential(2)}</td>
              <td>{seconds.toFixed(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
