/** Time that a job may take; while it waits for somebody to do it none passes. */
export class Allowance {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private since = 0;

  /** @param left in milliseconds */
  constructor(
    private left: number,
    private readonly onEnd: () => void,
  ) {}

  go(): void {
    if (this.timer !== undefined) return;
    this.since = performance.now();
    this.timer = setTimeout(this.onEnd, this.left);
  }

  pause(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.left -= performance.now() - this.since;
  }
}
