// OBSERVABLE: as much of one as Web Chat and most pages use of DirectLineJS's.

export interface Observer<T> {
  next?: (value: T) => void;
  error?: (error: unknown) => void;
  complete?: () => void;
}
export interface Subscription {
  unsubscribe(): void;
}
type Begin<T> = (observer: Observer<T>) => () => void;

export class Observable<T> {
  #begin: Begin<T>;

  constructor(begin: Begin<T>) {
    this.#begin = begin;
  }

  subscribe(next?: Observer<T> | ((value: T) => void), error?: (error: unknown) => void, complete?: () => void): Subscription {
    const wanted = typeof next === "object" ? next : { next, error, complete };
    let isOver = false;
    const unless = (tell: () => void) => isOver || tell();
    const end = (tell: () => void) => unless(() => ((isOver = true), tell()));
    const stop = this.#begin({
      next: (value) => unless(() => wanted.next?.(value)),
      error: (reason) => end(() => wanted.error?.(reason)),
      complete: () => end(() => wanted.complete?.()),
    });
    return {
      unsubscribe() {
        isOver = true;
        stop();
      },
    };
  }

  filter(wants: (value: T) => boolean): Observable<T> {
    return this.#through((value, next) => wants(value) && next(value));
  }

  map<U>(change: (value: T) => U): Observable<U> {
    return this.#through((value, next: (value: U) => void) => next(change(value)));
  }

  #through<U>(step: (value: T, next: (value: U) => void) => void): Observable<U> {
    return new Observable<U>((observer) => {
      const next = (value: T) => step(value, (changed) => observer.next!(changed));
      const inner = this.subscribe({ ...observer, next });
      return () => inner.unsubscribe();
    });
  }

  /** What rxjs and others take for one of theirs. */
  [(Symbol as unknown as { observable?: symbol }).observable ?? "@@observable"](): this {
    return this;
  }
}

/** One that is told from outside, to all who listen. */
class Told<T> extends Observable<T> {
  protected readonly observers = new Set<Observer<T>>();

  constructor(greet: (observer: Observer<T>) => void) {
    super((observer) => {
      this.observers.add(observer);
      greet(observer);
      return () => this.observers.delete(observer);
    });
  }

  next(value: T): void {
    [...this.observers].forEach((observer) => observer.next!(value));
  }
}

/** What nobody listens to yet waits. */
export class Subject<T> extends Told<T> {
  #waiting: T[] = [];
  #end?: (observer: Observer<T>) => void;

  constructor(onFirst: () => void) {
    super((observer) => {
      this.#waiting.splice(0).forEach((value) => observer.next!(value));
      this.#end ? this.#end(observer) : onFirst();
    });
  }

  override next(value: T): void {
    if (this.observers.size === 0) this.#waiting.push(value);
    super.next(value);
  }

  end(tell: (observer: Observer<T>) => void): void {
    this.#end = tell;
    [...this.observers].forEach(tell);
    this.observers.clear();
  }
}

/** A value that changes, told to whoever comes as it is then. */
export class Value<T> extends Told<T> {
  #value: T;

  constructor(value: T) {
    super((observer) => observer.next!(this.#value));
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  getValue(): T {
    return this.#value;
  }

  override next(value: T): void {
    this.#value = value;
    super.next(value);
  }
}
