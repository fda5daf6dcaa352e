import coreWebVitals from 'eslint-config-next/core-web-vitals';
import typescript from 'eslint-config-next/typescript';
import jsxA11y from 'eslint-plugin-jsx-a11y';

const features = ['auth', 'consumption', 'dashboard', 'import', 'landing', 'meters', 'settings', 'shell'];

// A feature imports ui, common and charts; never another feature.
const boundaries = features.map((feature) => ({
  files: [`src/components/${feature}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: features
          .filter((other) => other !== feature)
          .map((other) => ({ group: [`@/components/${other}/*`], message: 'Features stay apart.' })),
      },
    ],
  },
}));

const config = [
  { ignores: ['.next/**', 'out/**', 'coverage/**', 'src/lib/api/**', 'next-env.d.ts'] },
  ...coreWebVitals,
  ...typescript,
  {
    files: ['**/*.{ts,tsx}'],
    rules: {
      ...jsxA11y.flatConfigs.strict.rules,
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['src/**'],
    ignores: ['src/components/charts/SeriesChart.tsx'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['chart.js', 'react-chartjs-2'].map((name) => ({
            name,
            message: 'Only SeriesChart draws with Chart.js.',
          })),
        },
      ],
    },
  },
  { files: ['src/i18n/*.ts'], rules: { 'max-lines': 'off' } },
  ...boundaries,
];

export default config;
