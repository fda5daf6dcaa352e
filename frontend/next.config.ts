import type { NextConfig } from 'next';

const isDevelopment = process.env.NODE_ENV === 'development';
const api = process.env.API_ORIGIN ?? `http://127.0.0.1:${process.env.API_PORT ?? '5000'}`;

const config: NextConfig = {
  reactStrictMode: true,
  trailingSlash: true,
  poweredByHeader: false,
  images: { unoptimized: true },
  // Types are checked by `npm run lint`, which every test run begins with; a first start need not wait.
  typescript: { ignoreBuildErrors: true },
  // Rewrites do not exist in an export: there the server answers /api on the same origin.
  ...(isDevelopment
    ? {
        skipTrailingSlashRedirect: true,
        rewrites: () =>
          Promise.resolve([{ source: '/api/:path*', destination: `${api}/api/:path*` }]),
      }
    : { output: 'export' as const }),
};

export default config;
