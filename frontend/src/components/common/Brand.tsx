import { useTexts } from '@/context/preferences';

export function Brand() {
  const t = useTexts();
  return (
    <span className="inline-flex items-center gap-2.5 text-lg font-semibold tracking-tight">
      <svg aria-hidden viewBox="0 0 32 32" className="size-7 shrink-0">
        <clipPath id="brand-shape">
          <rect width="32" height="32" rx="9" />
        </clipPath>
        <g clipPath="url(#brand-shape)">
          <rect width="32" height="32" fill="#f59e0b" />
          <path d="M16 0h16v20H16z" fill="#0ea5e9" />
          <path d="M12 32 32 14v18z" fill="#a855f7" />
        </g>
        <circle cx="16" cy="16" r="6" fill="var(--surface)" />
      </svg>
      {t.product}
    </span>
  );
}
