/** Irregular forms of English → the base whose stem they share. Hand-written. */

const FORMS = `
be am is are was were been being; have has had having; do does did done doing; go goes went gone;
arise arose arisen; awake awoke awoken; bear bore borne; beat beaten; become became; begin began begun; bend bent; bet betted; bid bade;
bind bound; bite bit bitten; bleed bled; blow blew blown; break broke broken; breed bred; bring brought; build built; burn burnt;
burst bursts; buy bought; catch caught; choose chose chosen; cling clung; come came; creep crept; deal dealt; dig dug;
draw drew drawn; dream dreamt; drink drank drunk; drive drove driven; eat ate eaten; exceed exceeded exceeds exceeding; fall fell fallen; feed fed;
feel felt; fight fought; find found; flee fled; fling flung; fly flew flown flies; forbid forbade forbidden; foresee foresaw foreseen;
forget forgot forgotten; forgive forgave forgiven; freeze froze frozen; get got gotten; give gave given; grind ground; grow grew grown;
hang hung; hear heard; hide hid hidden; hold held; keep kept; kneel knelt; know knew known; lay laid; lead led; lean leant; leap leapt;
learn learnt; leave left; lend lent; light lit; lose lost losing; make made; mean meant; meet met; mistake mistook mistaken;
overcome overcame; overtake overtook overtaken; overthrow overthrew overthrown; pay paid; proceed proceeded proceeds proceeding; ride rode ridden; ring rang rung; rise rose risen;
run ran; say said; see saw seen; seek sought; sell sold; send sent; shake shook shaken; shine shone; shoot shot; show shown; shrink shrank shrunk;
sing sang sung; sink sank sunk; sit sat; sleep slept; slide slid; smell smelt; speak spoke spoken; speed sped; spell spelt; spend spent;
spin spun; spill spilt; spring sprang sprung; stand stood; steal stole stolen; stick stuck; sting stung; strike struck stricken; strive strove striven; succeed succeeded succeeds succeeding;
swear swore sworn; sweep swept; swim swam swum; swing swung; take took taken; teach taught; tear tore torn; tell told; think thought;
throw threw thrown; understand understood; undergo underwent undergone; undertake undertook undertaken; uphold upheld; wake woke woken; wear wore worn; weave wove woven;
win won winning; withdraw withdrew withdrawn; withstand withstood; write wrote written writing;
die died dying dies; lie lied lying lies; tie tied tying; use used using uses; need needed needs; free freed; agree agreed;
man men; woman women; child children; person people persons; foot feet; tooth teeth; goose geese; mouse mice; life lives; wife wives; knife knives;
half halves; leaf leaves; shelf shelves; thief thieves; wolf wolves; self selves; calf calves; criterion criteria; phenomenon phenomena; bacterium bacteria;
datum data; medium media; index indices indexes; appendix appendices; matrix matrices; axis axes; crisis crises; basis bases; analysis analyses; hypothesis hypotheses;
thesis theses; nucleus nuclei; fungus fungi; stimulus stimuli; radius radii; curriculum curricula; species specie; series serie; virus viruses; gas gases; lens lenses;
good better best; bad worse worst; far farther further farthest furthest; little less least; big bigger biggest; large larger largest; small smaller smallest;
high higher highest; low lower lowest; long longer longest; short shorter shortest; old older oldest elder eldest; young younger youngest; early earlier earliest; late later latest;
great greater greatest; strong stronger strongest; weak weaker weakest; fast faster fastest; slow slower slowest; near nearer nearest; new newer newest; close closer closest; wide wider widest;
deep deeper deepest; heavy heavier heaviest; light lighter lightest; rich richer richest; poor poorer poorest; hot hotter hottest; cold colder coldest; easy easier easiest; tall taller tallest; broad broader broadest;
cheap cheaper cheapest; simple simpler simplest; safe safer safest; rare rarer rarest; busy busier busiest; happy happier happiest
`;

/** Form → base. A form named twice belongs to the first. */
export const IRREGULAR: ReadonlyMap<string, string> = build();

function build(): Map<string, string> {
  const map = new Map<string, string>();
  for (const entry of FORMS.split(';')) {
    const [base, ...forms] = entry.trim().split(/\s+/);
    for (const form of forms) {
      if (base !== undefined && !map.has(form)) map.set(form, base);
    }
  }
  return map;
}
