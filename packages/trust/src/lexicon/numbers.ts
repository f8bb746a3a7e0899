/** Words of number, scale, currency and unit. A unit is a dimension and a factor to that dimension's base. Hand-written. */

export const NUMBER_WORDS: ReadonlyMap<string, number> = new Map(
  `zero 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12 thirteen 13 fourteen 14 fifteen 15
  sixteen 16 seventeen 17 eighteen 18 nineteen 19 twenty 20 thirty 30 forty 40 fourty 40 fifty 50 sixty 60 seventy 70 eighty 80 ninety 90
  dozen 12`
    .trim()
    .split(/\s+/)
    .reduce<[string, number][]>((pairs, word, at, all) => {
      if (at % 2 === 0) pairs.push([word, Number(all[at + 1])]);
      return pairs;
    }, []),
);

export const SCALES: ReadonlyMap<string, number> = new Map([
  ['hundred', 1e2],
  ['thousand', 1e3],
  ['thousands', 1e3],
  ['k', 1e3],
  ['million', 1e6],
  ['millions', 1e6],
  ['mn', 1e6],
  ['mln', 1e6],
  ['m', 1e6],
  ['billion', 1e9],
  ['billions', 1e9],
  ['bn', 1e9],
  ['b', 1e9],
  ['trillion', 1e12],
  ['tn', 1e12],
  ['lakh', 1e5],
  ['crore', 1e7],
]);

const ORDINAL_WORDS = `first 1 second 2 third 3 fourth 4 fifth 5 sixth 6 seventh 7 eighth 8 ninth 9 tenth 10 eleventh 11 twelfth 12 thirteenth 13
  fourteenth 14 fifteenth 15 sixteenth 16 seventeenth 17 eighteenth 18 nineteenth 19 twentieth 20 thirtieth 30 fortieth 40 fiftieth 50
  sixtieth 60 seventieth 70 eightieth 80 ninetieth 90 hundredth 100`;

export const ORDINALS: ReadonlyMap<string, number> = new Map(
  ORDINAL_WORDS.trim()
    .split(/\s+/)
    .flatMap((word, at, all) => (at % 2 === 0 ? [[word, Number(all[at + 1])] as const] : [])),
);

/** Fractions in words, as a share of one. */
export const FRACTIONS: ReadonlyMap<string, number> = new Map([
  ['half', 0.5],
  ['third', 1 / 3],
  ['thirds', 1 / 3],
  ['quarter', 0.25],
  ['quarters', 0.25],
  ['fifth', 0.2],
  ['fifths', 0.2],
  ['sixth', 1 / 6],
  ['eighth', 0.125],
  ['tenth', 0.1],
  ['tenths', 0.1],
]);

/** `glued` units count only right behind digits ("5m", "30s", "7in"): as words of their own they are something else. */
export type Unit = { readonly dimension: string; readonly factor: number; readonly glued: boolean };

const UNIT_LINES = `
length 1 metre metres meter meters | m
length 1000 km kms kilometre kilometres kilometer kilometers
length 0.01 cm cms centimetre centimetres centimeter centimeters
length 0.001 mm millimetre millimetres millimeter millimeters
length 0.000001 μm micrometre micrometres micrometer micrometers micron microns
length 0.000000001 nm nanometre nanometres nanometer nanometers
length 1609.344 mi mile miles
length 0.9144 yd yds yard yards
length 0.3048 ft foot feet
length 0.0254 inch inches | in
mass 1 gram grams gramme grammes gr | g
mass 1000 kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes
mass 0.001 mg milligram milligrams
mass 0.000001 μg mcg microgram micrograms
mass 1000000 tonne tonnes | t
mass 907184.74 ton tons
mass 453.59237 lb lbs pound-weight
mass 28.349523125 oz ounce ounces
volume 1 litre litres liter liters ltr | l
volume 0.001 ml millilitre millilitres milliliter milliliters
volume 3.785411784 gal gallon gallons
time 1 second seconds sec secs | s
time 0.001 ms millisecond milliseconds
time 60 minute minutes min mins
time 3600 hour hours hr hrs | h
time 86400 day days
time 604800 week weeks wk wks
months 1 month months
months 12 year years yr yrs
months 120 decade decades
months 1200 century centuries
area 1 sqm
area 10000 hectare hectares ha
area 4046.8564224 acre acres
speed 1 mph
speed 1.609344 kmh kph
energy 1 joule joules
energy 3600000 kwh kilowatt-hour
power 1 watt watts | w
power 1000 kw kilowatt kilowatts
power 1000000 mw megawatt megawatts
power 1000000000 gw gigawatt gigawatts
voltage 1 volt volts | v
frequency 1 hz hertz
frequency 1000 khz kilohertz
frequency 1000000 mhz megahertz
frequency 1000000000 ghz gigahertz
data 1 byte bytes
data 1000 kb kilobyte kilobytes
data 1000000 mb megabyte megabytes
data 1000000000 gb gigabyte gigabytes
data 1000000000000 tb terabyte terabytes
temperature 1 degree degrees celsius
times 1 times | x
percent 1 percent pct percentage
`;

export const UNITS: ReadonlyMap<string, Unit> = buildUnits();

function buildUnits(): Map<string, Unit> {
  const map = new Map<string, Unit>();
  for (const line of UNIT_LINES.trim().split('\n')) {
    const [dimension = '', factor = '1', ...names] = line.split(/\s+/);
    let glued = false;
    for (const name of names) {
      if (name === '|') glued = true;
      else map.set(name, { dimension, factor: Number(factor), glued });
    }
  }
  return map;
}

/** Currency words, the sign's name first. A currency is its own dimension; a cent is not a dollar's hundredth part in every one of them. */
export const CURRENCIES: ReadonlyMap<string, Unit> = new Map(
  [
    ['usd', 'dollar dollars usd'],
    ['gbp', 'pound pounds gbp sterling quid'],
    ['eur', 'euro euros eur'],
    ['jpy', 'yen jpy'],
    ['inr', 'rupee rupees inr'],
    ['cny', 'yuan renminbi rmb cny'],
    ['chf', 'franc francs chf'],
  ].flatMap(([dimension = '', names = '']) =>
    names.split(' ').map((name) => [name, { dimension, factor: 1, glued: false }] as const),
  ),
);

/** Currency sign (code unit) → dimension. */
export const CURRENCY_SIGNS: ReadonlyMap<number, string> = new Map([
  [0x24, 'usd'],
  [0xa3, 'gbp'],
  [0x20ac, 'eur'],
  [0xa5, 'jpy'],
  [0x20b9, 'inr'],
]);
