/**
 * The closed classes of English: words that are grammar rather than content, with the bits the checks ask for. Hand-written.
 * A word may have several bits. What is not listed here is a content word.
 */

/** Grammar, not content: carries no weight in coverage. */
export const FUNCTION = 1;
/** Denies what follows. */
export const NEGATION = 2;
/** A form of be: with a past participle, a passive. */
export const BE = 4;
/** Any auxiliary, be included. */
export const AUXILIARY = 8;
/** May, might, could …: says that something may be so, not that it is. */
export const HEDGE = 16;
export const PRONOUN = 32;
/** Followed by a full stop that does not end the sentence. */
export const ABBREVIATION = 64;
/** Denies by its meaning: fail, refuse, lack … A content word. */
export const DENIAL = 128;
/** Often opens a sentence, so that its capital says nothing. */
export const OPENER = 256;
export const PREPOSITION = 512;
export const MONTH = 1024;
export const NUMERAL = 2048;
/** Made of digits. */
export const DIGITS = 4096;
export const INTERROGATIVE = 8192;
export const WEEKDAY = 16384;
/** The first half of a phrase of phrases.ts. */
export const PHRASE_FIRST = 1 << 15;
/** A form that irregular.ts leads back to its base. */
export const IRREGULAR_FORM = 1 << 16;
/** Tells a text to be English, or not to be. */
export const ENGLISH = 1 << 17;
export const FOREIGN = 1 << 18;

const CLASSES: readonly (readonly [bits: number, words: string])[] = [
  [
    FUNCTION | OPENER,
    `a an the this that these those and or but nor yet so if then else because although though while whereas unless until since when whenever
    as than too also very just even still quite rather almost ever already soon here there thus hence therefore however moreover furthermore
    meanwhile instead otherwise indeed perhaps maybe well now today again once such same other others another each every either both all any some
    many much more most few fewer several own only per via etc et al eg ie ok okay yes please let lets additionally consequently overall
    specifically notably finally generally typically usually often sometimes currently originally initially eventually subsequently respectively
    likewise similarly approximately about around nearly roughly exactly namely including include includes whether which who whom whose what where why how`,
  ],
  [FUNCTION | OPENER | INTERROGATIVE, 'what which who whom whose where when why how'],
  [
    FUNCTION | PREPOSITION | OPENER,
    `of in on at by for from to with into onto upon over under about above below between among amongst through throughout during before after
    against along across behind beyond near off out up down toward towards within around despite like unlike per via according amid beside besides
    except following regarding concerning versus vs as until till than`,
  ],
  [
    FUNCTION | PRONOUN | OPENER,
    `i me my mine myself you your yours yourself he him his himself she her hers herself it its itself we us our ours ourselves they them their
    theirs themselves one oneself someone somebody something anyone anybody anything everyone everybody everything`,
  ],
  [FUNCTION | AUXILIARY | BE | OPENER, 'be am is are was were been being get gets got getting'],
  [FUNCTION | AUXILIARY | OPENER, 'have has had having do does did doing done will would shall should can must ought'],
  [FUNCTION | AUXILIARY | HEDGE | OPENER, 'may might could'],
  [FUNCTION | HEDGE | OPENER, 'perhaps maybe possibly'],
  [
    HEDGE,
    'likely unlikely potential potentially probably reportedly allegedly alleged suspected apparently seemingly presumably suggest suggests',
  ],
  [FUNCTION | NEGATION | OPENER, 'not no never none neither nor nobody nothing nowhere without cannot non'],
  [
    FUNCTION | NEGATION | AUXILIARY | OPENER,
    'dont doesnt didnt wont wouldnt cant couldnt shouldnt mustnt shant neednt aint havent hasnt hadnt',
  ],
  [FUNCTION | NEGATION | AUXILIARY | BE | OPENER, 'isnt arent wasnt werent'],
  [NEGATION | FUNCTION, 'hardly scarcely barely'],
  [
    DENIAL,
    `fail failed fails failing failure refuse refused refuses refusing deny denied denies denying lack lacked lacks lacking reject rejected
    rejects rejecting unable decline declined declines declining avoid avoided avoids avoiding prevent prevented prevents preventing absence absent
    cancel cancelled canceled cancels stop stopped stops cease ceased ceases neglect neglected exclude excluded excludes excluding except
    unaware impossible false untrue incorrect wrong insufficient inconclusive unsuccessful unsuccessfully zero missing devoid instead`,
  ],
  [
    ABBREVIATION,
    `mr mrs ms mx dr prof rev hon gov gen col maj capt lt sgt sen rep pres st jr sr messrs mt ft vs etc al fig figs eq eqs sec ch vol nos pp ed eds
    approx est inc ltd co corp llc plc bros dept univ assn ave blvd rd cf eg ie viz ca resp incl no art para op cit dist div`,
  ],
  [MONTH, 'january february march april may june july august september october november december'],
  [MONTH | ABBREVIATION, 'jan feb mar apr jun jul aug sep sept oct nov dec'],
  [WEEKDAY, 'monday tuesday wednesday thursday friday saturday sunday'],
];

/** Word → its bits. */
export const CLOSED_CLASS: ReadonlyMap<string, number> = build();

function build(): Map<string, number> {
  const map = new Map<string, number>();
  for (const [bits, words] of CLASSES) {
    for (const word of words.trim().split(/\s+/)) map.set(word, (map.get(word) ?? 0) | bits);
  }
  // Months that are other words first: "may", "march"; the date parser asks for a day or year beside them.
  return map;
}

/** Month word → 1 to 12. */
export const MONTHS: ReadonlyMap<string, number> = new Map(
  [
    'january jan',
    'february feb',
    'march mar',
    'april apr',
    'may',
    'june jun',
    'july jul',
    'august aug',
    'september sep sept',
    'october oct',
    'november nov',
    'december dec',
  ].flatMap((names, at) => names.split(' ').map((name) => [name, at + 1] as const)),
);

/**
 * How many, how often, how far: a family and a level in it, 0 none to 5 all. Within a family two words agree when they are equal, or
 * when the claim says less than the evidence (some ← many).
 */
export type Quantifier = { readonly family: 'count' | 'frequency' | 'degree'; readonly level: number };

export const QUANTIFIERS: ReadonlyMap<string, Quantifier> = new Map([
  ...spread('count', [
    'no none neither zero',
    'few minority',
    'some several certain',
    'many numerous',
    'most majority',
    'all every each both everyone',
  ]),
  ...spread('frequency', [
    'never',
    'rarely seldom hardly',
    'sometimes occasionally',
    'often frequently',
    'usually generally typically',
    'always invariably',
  ]),
  ...spread('degree', [
    '',
    'barely scarcely slightly',
    'partly partially',
    'largely',
    'mostly mainly primarily',
    'completely fully entirely wholly exclusively',
  ]),
]);

function spread(family: Quantifier['family'], levels: readonly string[]): (readonly [string, Quantifier])[] {
  return levels.flatMap((words, level) =>
    words
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => [word, { family, level }] as const),
  );
}
