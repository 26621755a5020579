// Where a new shot begins, in milliseconds of story time, in order. A subtitle that comes or goes with the picture is
// easier to read than one that changes a moment before or after it.

const near_ms = 250;

export class ShotChanges {
  constructor(readonly times: readonly number[]) {}

  /** The shot change nearest to `ms`, if one is near enough that an edge set there means it. */
  near(ms: number): number | null {
    const nearest = this.times.reduce((best, time) => (Math.abs(time - ms) < Math.abs(best - ms) ? time : best), Infinity);
    return Math.abs(nearest - ms) <= near_ms ? nearest : null;
  }

  /** The first one after `ms`. The player may stand a fraction before the one it was sent to. */
  after(ms: number): number | null {
    return this.times.find((time) => time > ms + 1) ?? null;
  }
}
