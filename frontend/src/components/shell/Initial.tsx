/** Stands for an account at a glance. */
export function Initial({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      className="grid size-8 shrink-0 place-items-center rounded-lg bg-ink text-sm font-semibold text-canvas"
    >
      {name.slice(0, 1).toUpperCase()}
    </span>
  );
}
