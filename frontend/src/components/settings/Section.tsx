import { useId, type ReactNode } from 'react';

type Props = { title: string; lead: string; name?: string; children: ReactNode };

/** `name` is what an address calls it by. */
export function Section({ title, lead, name, children }: Props) {
  const id = useId();
  return (
    <section
      id={name}
      aria-labelledby={id}
      className="card grid gap-x-10 gap-y-5 p-5 md:grid-cols-[minmax(0,1fr)_minmax(0,2fr)] lg:p-7"
    >
      <div>
        <h2 id={id} className="text-lg font-semibold">
          {title}
        </h2>
        <p className="mt-1 text-sm text-muted">{lead}</p>
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  );
}
