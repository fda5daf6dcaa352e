import type { ReactNode } from 'react';

type Props = { title: string; text: string; icon?: ReactNode; children?: ReactNode };

/** Why there is nothing, and the one next thing to do. */
export function EmptyState({ title, text, icon, children }: Props) {
  return (
    <div className="flex flex-col items-center justify-center gap-2 px-6 py-12 text-center">
      {icon && <div className="mb-1 text-muted">{icon}</div>}
      <p className="text-lg font-semibold">{title}</p>
      <p className="max-w-md text-muted">{text}</p>
      {children && <div className="mt-3 flex flex-wrap justify-center gap-2.5">{children}</div>}
    </div>
  );
}
