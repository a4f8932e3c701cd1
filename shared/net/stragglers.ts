/**
 * Output waits for the end of a batch, so that a batch is one write. When a handler takes long, what was said before it
 * goes out after a moment. One timer serves all connections.
 */

/** Long against a look-up inside the cluster, short against what a person notices. */
export const HOLD_BACK_MS = 20;

interface Straggler {
  straggle(): void;
}

const held = new Set<Straggler>();
let armed = false;

function letGo(): void {
  armed = false;
  for (const straggler of held) straggler.straggle();
  held.clear();
}

export function holdBack(straggler: Straggler): void {
  held.add(straggler);
  if (armed) return;
  armed = true;
  setTimeout(letGo, HOLD_BACK_MS);
}

export function release(straggler: Straggler): void {
  held.delete(straggler);
}
