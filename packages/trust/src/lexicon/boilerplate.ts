/** Openings and words of an answer that claim nothing about the world. Hand-written. */

/** Words that name what was given to answer from. */
export const SOURCE_WORDS: ReadonlySet<string> = new Set(
  'passage passages text texts context contexts document documents article articles source sources evidence excerpt excerpts snippet snippets information material materials input reference references'.split(
    ' ',
  ),
);

/** What a source does or does not do. */
export const SAYING: ReadonlySet<string> = new Set(
  `mention mentions mentioned say says said state states stated specify specifies specified provide provides provided contain contains contained
  include includes included give gives given indicate indicates indicated discuss discusses discussed address addresses addressed describe
  describes described explain explains explained cover covers covered answer answers enough`
    .trim()
    .split(/\s+/),
);

/** Sentences made of these and of grammar alone are politeness. */
export const BOILERPLATE_WORDS: ReadonlySet<string> = new Set([
  ...SOURCE_WORDS,
  ...SAYING,
  ...`sure certainly course hello hi thanks thank welcome hope helps help let know question questions answer answers answered following follows summary
  conclusion short brief overview based given provided above below details detail further happy glad free feel ask look see example sorry apologize
  apologies assist assistance understand clarify unclear unable able determine find verify confirm access response reply explanation note please yes no
  yeah yea yep yup nope oh wow ah um hmm hey lol absolutely definitely exactly really actually agree true right interesting cool nice awesome amazing
  wonder love heard guess great good list points point key main step steps`
    .trim()
    .split(/\s+/),
]);

/** `source`: a source must follow, up to a comma or colon. `comma`: a comma must follow. */
export type LeadIn = { readonly rest: readonly string[]; readonly source: boolean; readonly comma: boolean };

const LINES = `
according to *
based on *
per *
from *
as per *
as stated in *
as mentioned in *
in *
yes
yeah
yea
yep
yup
oh
wow
absolutely
actually
i agree
that is true
thats true
it is true that
its true that
you are right
right ,
no ,
nope
not really ,
sure
certainly
of course
ok
okay
well
overall
in summary
in conclusion
to summarize
to sum up
in short
in brief
in other words
additionally
furthermore
moreover
however
therefore
thus
finally
i think that
i think
i believe that
i believe
it is important to note that
it is worth noting that
it should be noted that
it is worth mentioning that
it is mentioned that
it is stated that
it is clear that
it appears that
it seems that
note that
please note that
the answer is that
the passage states that
the passage says that
the passage mentions that
the text states that
the text says that
the article states that
the article says that
the document states that
the document says that
the evidence says that
the evidence states that
the context states that
the context says that
the passages state that
the passage indicates that
`;

/** First word → lead-ins that open with it, longest first. */
export const LEAD_INS: ReadonlyMap<string, readonly LeadIn[]> = build();

function build(): Map<string, LeadIn[]> {
  const map = new Map<string, LeadIn[]>();
  for (const line of LINES.trim().split('\n')) {
    const [first = '', ...rest] = line.split(' ');
    const last = rest[rest.length - 1];
    const source = last === '*';
    const comma = last === ',';
    const list = map.get(first) ?? [];
    list.push({ rest: source || comma ? rest.slice(0, -1) : rest, source, comma });
    map.set(first, list);
  }
  for (const list of map.values()) list.sort((a, b) => b.rest.length - a.rest.length);
  return map;
}
