import coreWebVitals from 'eslint-config-next/core-web-vitals';
import typescript from 'eslint-config-next/typescript';
import jsxA11y from 'eslint-plugin-jsx-a11y';

const features = [
  'auth',
  'consumption',
  'dashboard',
  'import',
  'landing',
  'meters',
  'settings',
  'shell',
];

const drawing = ['chart.js', 'react-chartjs-2'].map((name) => ({
  name,
  message: 'Only SeriesChart and BandChart draw with Chart.js.',
}));
const linking = { name: 'next/link', message: 'components/ui/Link fetches less.' };

// A feature imports ui, common and charts; never another feature.
const boundaries = features.map((feature) => ({
  files: [`src/components/${feature}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths: [...drawing, linking],
        patterns: features
          .filter((other) => other !== feature)
          .map((other) => ({
            group: [`@/components/${other}/*`],
            message: 'Features stay apart.',
          })),
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
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { varsIgnorePattern: '^_', argsIgnorePattern: '^_' },
      ],
      // What scrolls, or is walked with arrow keys, must be reached by the Tab key.
      'jsx-a11y/no-noninteractive-tabindex': [
        'error',
        { tags: [], roles: ['region', 'application'] },
      ],
    },
  },
  {
    files: ['src/**'],
    ignores: [
      'src/components/charts/{SeriesChart.tsx,handle.ts,paint.ts}',
      'src/components/meter-data/{BandChart.tsx,band-paint.ts}',
    ],
    rules: { 'no-restricted-imports': ['error', { paths: [...drawing, linking] }] },
  },
  {
    files: ['src/components/ui/Link.tsx'],
    rules: { 'no-restricted-imports': ['error', { paths: drawing }] },
  },
  {
    // Shown as cards on a phone, a table loses its roles unless they are written out.
    files: ['src/components/consumption/Record*.tsx'],
    rules: {
      'jsx-a11y/no-interactive-element-to-noninteractive-role': 'off',
      'jsx-a11y/no-redundant-roles': 'off',
    },
  },
  { files: ['src/i18n/*.ts'], rules: { 'max-lines': 'off' } },
  ...boundaries,
];

export default config;
