/** Stands in for Next's router: remembers where it was sent, reads the address of the page. */
export const router = { push: jest.fn(), replace: jest.fn(), prefetch: jest.fn(), back: jest.fn() };
export const useRouter = () => router;
export const usePathname = () => window.location.pathname;
export const useSearchParams = () => new URLSearchParams(window.location.search);
