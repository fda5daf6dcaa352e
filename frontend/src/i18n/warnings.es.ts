/** Sentences of dry runs that are common enough to be said in Spanish; the others stay English. */
export const warnings: readonly (readonly [RegExp, string])[] = [
  [/^(.+) has 1 hour: the clocks change$/, '$1 tiene 1 hora: cambia la hora'],
  [/^(.+) has (\S+) hours: the clocks change$/, '$1 tiene $2 horas: cambia la hora'],
  [
    /^(\S+) was taken as electricity; give consumption_type if it is gas$/,
    '$1 se ha tomado por electricidad; elija gas si lo es',
  ],
  [/^The same file was imported on (.+)\.$/, 'El mismo archivo se importó el $1.'],
  [/^1 ignored: the header$/, '1 omitida: la cabecera'],
  [/^(\S+) ignored: the header$/, '$1 omitidas: cabeceras'],
  [/^(\S+) ignored: blank lines$/, '$1 omitidas: líneas en blanco'],
  [/^(\S+) ignored: lines above the header$/, '$1 omitidas: líneas sobre la cabecera'],
  [
    /^(\S+) ignored: bills of what has readings: give bills to read them too$/,
    '$1 omitidas: facturas de lo que ya tiene lecturas; también se pueden leer',
  ],
  [
    /^(\S+) ignored: 100, 200, 400 and 900 records: they say what the values are$/,
    '$1 omitidas: líneas 100, 200, 400 y 900, que dicen qué son los valores',
  ],
];
