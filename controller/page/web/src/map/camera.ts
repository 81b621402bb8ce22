/** Which part of the map is seen: moved by mouse, touch, wheel and keyboard. Nothing of it knows what is drawn. */

const LEAST = 0.15;
const MOST = 3;
/** Below this nobody can read the names. */
const READABLE = 0.72;
/** On a phone, whose pixels are smaller than they say. */
const READABLE_NARROW = 0.58;
const NARROW_PX = 560;
const MOST_FITTED = 1.5;
const STEP = 1.25;
const CLICK_PX = 4;
/** What the buttons at the right edge cover, px. */
const BUTTONS = 52;

export class Camera {
  private x = 0;
  private y = 0;
  private scale = 1;
  private readonly fingers = new Map<number, { x: number; y: number }>();
  private moved = 0;
  /** Whether somebody has moved it by hand: then it does not fit itself again. */
  touched = false;

  /** surface: what is looked through. scene: what is moved. */
  constructor(
    private readonly surface: SVGSVGElement,
    private readonly scene: SVGGElement,
  ) {
    surface.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    surface.addEventListener("pointerdown", (event) => this.onDown(event));
    surface.addEventListener("pointermove", (event) => this.onMove(event));
    for (const name of ["pointerup", "pointercancel"] as const) surface.addEventListener(name, (event) => this.onUp(event));
    // What was a drag is no click.
    surface.addEventListener("click", (event) => this.moved > CLICK_PX && event.stopPropagation(), { capture: true });
  }

  /** Whether all of it can be seen at once and be read. */
  holds(width: number, height: number): boolean {
    const seen = this.surface.getBoundingClientRect();
    return Math.min((seen.width - BUTTONS) / width, seen.height / height) >= this.readable();
  }

  /** Shows all of it, as far as it stays readable; else from its left edge on, in the middle of its height. */
  fit(width: number, height: number): void {
    const seen = this.surface.getBoundingClientRect();
    if (!seen.width || !width) return;
    const room = seen.width - BUTTONS;
    const whole = Math.min(room / width, seen.height / height, MOST_FITTED);
    this.scale = Math.max(whole, this.readable());
    this.x = Math.max((room - width * this.scale) / 2, 0);
    this.y = (seen.height - height * this.scale) / 2;
    this.touched = false;
    this.place();
  }

  /** Brings a part into the middle, all of it if it is readable then. */
  show(left: number, top: number, width: number, height: number): void {
    const seen = this.surface.getBoundingClientRect();
    if (!seen.width) return;
    const whole = Math.min((seen.width - 40) / width, (seen.height - 40) / height);
    this.scale = Math.min(Math.max(whole, this.readable()), 1.2);
    this.x = seen.width / 2 - (left + width / 2) * this.scale;
    this.y = seen.height / 2 - (top + height / 2) * this.scale;
    // What does not fit begins at its beginning.
    if (whole < this.readable()) this.x = 20 - left * this.scale;
    this.place();
  }

  /** Moves just as far as is needed to see a box. */
  reveal(left: number, top: number, width: number, height: number): void {
    const seen = this.surface.getBoundingClientRect();
    const near = (start: number, length: number, at: number, room: number): number => {
      const from = at + start * this.scale;
      const to = from + length * this.scale;
      if (from < 16) return 16 - from;
      return to > room - 16 ? Math.max(room - 16 - to, 16 - from) : 0;
    };
    this.x += near(left, width, this.x, seen.width);
    this.y += near(top, height, this.y, seen.height);
    this.place();
  }

  zoom(by: number): void {
    const seen = this.surface.getBoundingClientRect();
    this.zoomAt(by, seen.width / 2, seen.height / 2);
  }

  pan(x: number, y: number): void {
    this.x += x;
    this.y += y;
    this.touched = true;
    this.place();
  }

  closer(): void {
    this.zoom(STEP);
  }

  farther(): void {
    this.zoom(1 / STEP);
  }

  private readable(): number {
    return this.surface.clientWidth < NARROW_PX ? READABLE_NARROW : READABLE;
  }

  private zoomAt(by: number, x: number, y: number): void {
    const scale = Math.min(Math.max(this.scale * by, LEAST), MOST);
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.touched = true;
    this.place();
  }

  private place(): void {
    this.scene.setAttribute("transform", `translate(${this.x.toFixed(1)} ${this.y.toFixed(1)}) scale(${this.scale.toFixed(4)})`);
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    const seen = this.surface.getBoundingClientRect();
    this.zoomAt(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX - seen.left, event.clientY - seen.top);
  }

  private onDown(event: PointerEvent): void {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (this.fingers.size === 0) this.moved = 0;
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  private onMove(event: PointerEvent): void {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, now);
    this.moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    if (this.moved <= CLICK_PX) return;
    if (!this.surface.hasPointerCapture(event.pointerId)) this.surface.setPointerCapture(event.pointerId);
    if (!other) {
      this.pan(now.x - before.x, now.y - before.y);
      return;
    }
    const seen = this.surface.getBoundingClientRect();
    const apart = (a: { x: number; y: number }): number => Math.hypot(a.x - other.x, a.y - other.y) || 1;
    this.zoomAt(apart(now) / apart(before), (now.x + other.x) / 2 - seen.left, (now.y + other.y) / 2 - seen.top);
    this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  private onUp(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
  }
}
