/**
 * Two words that mean one: `passed away` is die. The scanner leaves the words alone; the reader of a sentence replaces the first
 * by the one word and counts the other as grammar. Hand-written.
 */

const LINES = `
passed away: died
pass away: die
took place: occurred
take place: occur
takes place: occurs
taken place: occurred
taking place: occurring
set up: established
sets up: establishes
carried out: performed
carry out: perform
carrying out: performing
took part: participated
take part: participate
takes part: participates
taking part: participating
made up: composed
gave up: abandoned
brought about: caused
bring about: cause
went up: rose
went down: fell
going up: rising
going down: falling
goes up: rises
goes down: falls
came down: fell
turned down: rejected
called off: cancelled
put off: postponed
put out: released
came out: released
broke out: began
took over: acquired
took off: departed
found out: discovered
find out: discover
gave birth: bore
laid off: dismissed
stepped down: resigned
stepping down: resigning
steps down: resigns
ended up: ended
grew up: grew
points out: notes
pointed out: noted
blew up: exploded
ran away: fled
thanks to: because
due to: because
owing to: because
because of: because
as well: also
more than: over
greater than: over
higher than: over
less than: under
lower than: under
fewer than: under
at least: atleast
at most: atmost
up to: upto
not only: notonly
united states: unitedstates
united kingdom: unitedkingdom
great britain: britain
per cent: percent
per year: annually
each year: annually
every year: annually
per annum: annually
a year: annually
new born: newborn
head quarters: headquarters
chief executive: ceo
web site: website
prior to: before
previous to: before
subsequent to: after
in excess: over
no longer: nolonger
a number: several
with regard: about
consists of: comprises
consisted of: comprised
got married: married
get married: marry
known as: called
referred to: called
so called: called
well known: famous
motion picture: film
last name: surname
`;

/** First word → the words that may follow and the one word both together stand for. */
export const PHRASES: ReadonlyMap<string, ReadonlyMap<string, string>> = build();

function build(): Map<string, Map<string, string>> {
  const map = new Map<string, Map<string, string>>();
  for (const line of LINES.trim().split('\n')) {
    const [words = '', meaning = ''] = line.split(': ');
    const [first = '', second = ''] = words.split(' ');
    const follows = map.get(first) ?? new Map<string, string>();
    follows.set(second, meaning);
    map.set(first, follows);
  }
  return map;
}
