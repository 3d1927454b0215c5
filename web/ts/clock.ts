// CLOCK: milliseconds that go on while the device sleeps.
//
// `performance.now` cannot be set and may stand still in sleep; `Date` goes on and can be set. Where
// the second is far ahead of the first, the device slept, or somebody set the clock: both count as sleep.

/** Nothing but sleep lasts as long. */
export const PAUSE_MIN = 10_000;

export class Clock {
  #steady = performance.now();
  #wall = Date.now();
  #passed = 0;
  /** Whether this tab is the one that has the conversation: until then it stands still, and nothing is late. */
  isHeld = true;

  /** Whole milliseconds since it was made, and whether there was a sleep since the last look. */
  read(): { now: bigint; slept: boolean } {
    const [steady, wall] = [performance.now(), Date.now()];
    const [awake, passed] = [steady - this.#steady, wall - this.#wall];
    [this.#steady, this.#wall] = [steady, wall];
    const slept = this.isHeld && passed - awake >= PAUSE_MIN;
    if (this.isHeld) this.#passed += slept ? passed : awake;
    // A pause that begins now is over no earlier than it should be.
    return { now: BigInt(Math.ceil(this.#passed)), slept };
  }

  hold(isHeld: boolean): void {
    this.read();
    this.isHeld = isHeld;
  }

  /** For how long a timer is set that is not to come before `moment`: they know whole milliseconds. */
  until(moment: bigint): number {
    return Math.ceil(Number(moment) - this.#passed - (performance.now() - this.#steady));
  }
}
