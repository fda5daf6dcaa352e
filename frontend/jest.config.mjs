import nextJest from 'next/jest.js';

const createConfig = nextJest({ dir: './' });

/** @type {import('jest').Config} */
const config = {
  testEnvironment: '<rootDir>/__tests__/setup/environment.mjs',
  testEnvironmentOptions: { customExportConditions: [''] },
  setupFilesAfterEnv: ['<rootDir>/__tests__/setup/after-env.ts'],
  testMatch: ['<rootDir>/__tests__/**/*.test.{ts,tsx}'],
  moduleNameMapper: {
    '^@/(.*)$': '<rootDir>/src/$1',
    '^next/navigation$': '<rootDir>/__tests__/setup/navigation.ts',
  },
  maxWorkers: 2,
};

/** next/jest leaves node_modules untouched; these ship as modules only. */
export default async function jestConfig() {
  const made = await createConfig(config)();
  return {
    ...made,
    transformIgnorePatterns: [
      '/node_modules/(?!(msw|@mswjs|@open-draft|until-async|rettime|outvariant|strict-event-emitter|is-node-process)/)',
    ],
  };
}
