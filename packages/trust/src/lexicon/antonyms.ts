/** Opposites, by hand: where the claim has one side and the evidence, in its place, the other. Each line: one side / the other. */
import { stem } from '../text/stem.ts';

const LINES = `
increase rise grow climb gain surge jump soar expand growth upturn / decrease fall decline drop shrink plunge reduce slump reduction contract dip diminish
rise climb / fall decline drop sink
raise increase elevate high / lower low decrease cut reduce
up / down
upward / downward
higher high / lower low
more / less fewer
most / least
maximum max / minimum min
above over exceed / below under
before prior earlier precede / after following later follow
early / late
first / last
begin start commence launch / end finish stop cease conclude
opened / closed shut
win victory triumph / lose loss defeat
victory / defeat
succeed success successful / fail failure unsuccessful
accept / reject refuse decline
approve / reject veto
agree / disagree
allow permit legal / forbid ban prohibit prevent illegal
legal / illegal
support back endorse / oppose
supporter proponent / opponent critic
include / exclude
inside / outside
internal / external
inner / outer
north northern / south southern
east eastern / west western
northeast northeastern / southwest southwestern
northwest northwestern / southeast southeastern
left / right
man men male boy father son husband brother king uncle / woman women female girl mother daughter wife sister queen aunt
large big huge great giant / small little tiny minor
major / minor
long / short
tall high / short low
old ancient elderly / new young modern
old / young
fast quick rapid / slow
strong / weak
heavy / light
hot warm / cold cool
hard difficult / easy simple
rich wealthy / poor
good positive / bad negative
positive / negative
best / worst
better / worse
improve / worsen deteriorate
true / false
right correct / wrong incorrect
safe / dangerous unsafe
public / private
rural / urban
domestic / foreign
national / international
single unmarried / married
alive living live / dead
born birth / died death
buy purchase acquire / sell
buyer / seller
import / export
arrive / depart
enter / leave exit
join / leave quit
hire employ / fire dismiss
teacher / student
parent / child
employer / employee
borrow / lend
income revenue profit / expense loss cost
profit / loss
profitable / unprofitable
asset / liability
create build construct / destroy demolish
innocent / guilty
acquit / convict
guilty / innocent
natural / artificial
full / empty
light / dark
black / white
day / night
wet / dry
deep / shallow
thick / thin
wide broad / narrow
rough / smooth
hard / soft
visible / invisible
common frequent / rare uncommon
often frequently / rarely seldom
always / never sometimes
all every / none
majority / minority
partial partly / complete entire fully
permanent / temporary
active / inactive passive
present / absent
presence / absence
appear / disappear
attack / defend
defend / attack
friend ally / enemy foe
love like / hate dislike
war / peace
victory / defeat
optimistic / pessimistic
confirm / deny
confirmed / denied
innocent / guilty
encourage / discourage
enable / disable
connect / disconnect
appear / vanish
forward / backward
horizontal / vertical
upper / lower
senior / junior
professional / amateur
original / copy
front / back
top / bottom
ahead / behind
thriving / struggling
success / failure
strengthen / weaken
harden / soften
accelerate / slow
benefit / harm
beneficial / harmful
healthy / sick ill unhealthy
known / unknown
certain / uncertain
possible / impossible
likely / unlikely
expensive / cheap
hero / villain
summer / winter
spring / autumn
sunrise dawn / sunset dusk
sweet / bitter
dry / humid
democrat democratic / republican
liberal / conservative
protestant / catholic
plaintiff / defendant
predecessor / successor
ancestor / descendant
offense offensive / defense defensive
acid / alkaline
solid / liquid
solo / group
`;

/** Stem → stems of its opposites. */
export const ANTONYMS: ReadonlyMap<string, readonly string[]> = build();

function build(): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const line of LINES.trim().split('\n')) {
    const [one = [], other = []] = line.split(' / ').map((side) => [...new Set(side.trim().split(' ').map(stem))]);
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      for (const word of from) map.set(word, [...(map.get(word) ?? []), ...to.filter((each) => each !== word)]);
    }
  }
  return map;
}
