/**
 * Words that may stand for one another in a restatement. Small and by hand; a word may be in several groups, and groups do not chain.
 * Near-synonyms are in on purpose where swapping them keeps a sentence true more often than not (buy/acquire). Names of places and
 * their adjectives follow at the end. Opposites are in antonyms.ts. Multi-word phrases are in phrases.ts.
 */
import { stem } from '../text/stem.ts';

const GROUPS = `
accident crash collision
achieve attain accomplish reach
acquire buy purchase obtain takeover acquisition
actor performer
add append
adult grown-up
advise counsel recommend
affect influence impact
agency bureau
agreement deal pact accord treaty contract
aid help assist support assistance
aim goal objective target purpose
aircraft airplane aeroplane plane
alcohol liquor
allow permit let enable authorize
almost nearly
also additionally
amount quantity sum
ancient old
announce declare reveal disclose unveil proclaim
annual yearly
answer reply respond response
appear emerge surface
appoint name nominate
approve endorse ratify authorize sanction
area region zone district territory
argue contend claim assert maintain
arm weapon
arrest detain apprehend
article story piece
artist painter
ask request inquire question
assess evaluate appraise gauge
assist help aid
attack assault strike raid
attempt try effort endeavor endeavour
attorney lawyer solicitor
author writer novelist
automobile car vehicle
autumn fall
average mean
award prize honor honour
baby infant newborn
ban prohibit forbid outlaw
bank lender
base headquarter
battle fight clash
beach shore coast seaside
beat defeat overcome
begin start commence launch initiate onset
big large huge sizable sizeable
biggest largest
birth born birthplace
boat ship vessel
body corpse
book volume novel
border boundary frontier
boss chief head
brave courageous
break fracture
bring carry
build construct erect building construction
building structure edifice
business company firm corporation enterprise
buyer purchaser customer
call name term dub label
cancer tumor tumour malignancy carcinoma
capture seize take
car automobile
career profession
cause trigger produce
celebrity star
center centre middle
century hundred
ceo chief-executive
change alter modify alteration modification shift
charity nonprofit
check verify examine inspect
child kid youngster
choose select pick opt choice selection
cinema theater movie
city town municipality
citizen national
close shut
coach trainer manager
cold chilly
collect gather assemble accumulate
combine merge unite join
comedy sitcom
compete contend
complete finish conclude end finalize
component part element
compose write
concern worry
condition state
conduct perform run
conflict war dispute
connect link join
consist comprise contain compose include
constant steady
consult confer
consume eat use
contest competition tournament
continue proceed carry persist
convict condemn
cook chef
copy duplicate
correct right accurate
cost price expense
country nation state
couple pair
court tribunal
cover span
craft make
create make produce develop establish form
creature animal
crime offense offence felony
criticize criticise condemn denounce blame slam
crop harvest
crucial essential vital key critical
cure heal
current present
damage harm hurt injure destroy
danger risk hazard threat peril
daily everyday
data figure information
dead deceased late
deadly lethal fatal
debut premiere
decide determine resolve choose
decision ruling judgment judgement verdict
decrease decline drop fall reduce lower shrink diminish lessen cut reduction
defend protect guard
delay postpone defer
deliver bring hand
demand require
demonstrate show prove illustrate
demonstration protest rally march
deny reject refute
depart leave exit
describe depict portray characterize
design plan
destroy demolish ruin wreck destruction
detect discover spot identify
develop create
device gadget machine apparatus
die perish death decease
different distinct various
difficult hard tough challenging
direct lead
director filmmaker
disaster catastrophe calamity
discover find detect uncover discovery
discuss talk debate
disease illness sickness disorder ailment
distribute spread circulate
divide split separate
doctor physician medic
document file paper record
dog canine
donate give contribute donation
double twice
draw attract
drug medication medicine pharmaceutical
earn gain make
earth world globe planet
economic financial
educate teach school train
effect impact influence consequence
elect vote
employ hire recruit
employee worker staff
employment job work
end finish conclude terminate close cease stop
enemy foe
enlarge expand extend
enormous huge vast immense massive giant
enter join
entire whole complete
entirely wholly completely fully
environment surroundings
equipment gear
error mistake
escape flee
establish found create form institute set
estimate reckon project
event occurrence
evidence proof
exact precise
examine inspect study investigate
example instance
excellent outstanding
execute kill
exhibit display show
exist be
expand grow enlarge extend expansion
expect anticipate forecast predict
expensive costly
expert specialist
explain clarify
export ship
express voice
extra additional further
factory plant mill
fail flop
fame renown
family household
famous renowned celebrated noted well-known prominent popular
farm ranch
fast quick rapid swift
father dad
feature include star
female woman
fight combat battle
film movie picture motion-picture
final last ultimate
finance fund
find discover locate
finish complete end
firm company
fix repair mend
flat apartment
flood inundate
focus concentrate
follow pursue
food meal
football soccer
forecast predict projection
foreign overseas
forest wood
form create shape establish
former previous earlier ex
found establish create start launch
founder creator
free release liberate
freedom liberty
frequent common regular
frequently often regularly
friend pal
function role
fund finance money bankroll
gain obtain acquire get
game match
gather collect
get obtain receive acquire
gift present
give provide grant donate supply
glad happy
goal target
good positive
govern rule
government administration
grow increase expand rise growth
guest visitor
guide lead
happen occur
hard tough difficult
harm damage hurt injure
head lead chair
hear listen
heart cardiac
help aid assist
high tall
highest tallest
hit strike
hold keep have
holiday vacation
home house residence dwelling
host present
hotel inn
house home
human person
hurt injure wound
husband spouse
idea concept notion
identical same
identify recognize determine
illegal unlawful illicit
illness disease
immigrant migrant
important significant major key crucial
improve enhance better upgrade boost
improvement enhancement
incident event
include contain comprise feature
income earnings revenue
increase rise grow climb gain surge jump growth hike
indicate show suggest signal
individual person
industry sector
inform tell notify
inhabitant resident
injure wound hurt
inquiry investigation probe
install fit
intelligent smart clever
intend plan aim
international global worldwide
introduce launch unveil present
invent devise
invest fund
investigate probe examine
island isle
issue problem matter
issue publish release
jail prison imprison
job position post work role
join enter
journalist reporter
journey trip voyage
judge justice
keep retain maintain hold
kill murder slay assassinate
kind type sort
king monarch
kingdom realm
know recognize
lack absence
land ground soil
language tongue
large big huge great
last final
launch start introduce release
law legislation statute
lawsuit suit case
leader head chief
leading top main
league division
learn study
leave depart quit exit
legislator lawmaker
lessen reduce
length long
height high tall
width wide
depth deep
weight weigh heavy
age old
speed fast
distance far
letter note
level degree
link connect tie connection relation associate relate association
liquid fluid
list enumerate
live reside dwell inhabit
locate situate find base
long lengthy
look appear seem
loss defeat
love adore
lower reduce decrease
luxury upscale
main chief principal primary major leading
mainly mostly primarily chiefly largely
make produce create manufacture build
maker manufacturer producer
male man
manage run oversee direct administer
manager boss
market sell
marriage wedding matrimony
marry wed
massive huge
material substance
mayor burgomaster
measure gauge
medal award
meet encounter
member part
mention note cite
merge combine
message note
method technique approach way procedure process
middle center
migrate move
minister secretary
minor small
mistake error
money cash fund
month monthly
mother mom mum
move relocate transfer shift
movie film
murder kill
music musical song
musician performer
name call title
nation country
near close
need require want necessitate
new recent novel
news report
novel book
number figure
observe see note watch notice
obtain get acquire gain receive
ocean sea
offer provide give
office bureau
officer official
often frequently
oil petroleum
old aged elderly
open launch
operate run work
operation surgery
opinion view
opponent rival adversary
oppose resist
order command
organization organisation group body
organize arrange
origin source
originate come start begin
outcome result
own possess
owner proprietor
part portion section piece
participate join compete
party group
passenger traveler
pay salary wage
people person population citizen inhabitant
perform play
period era time
permit allow
phone telephone
photo photograph picture image
phase stage
pick choose
place location site spot
plan scheme program
plane aircraft
plant factory
play perform
player athlete
poem verse
police officer cop
policeman officer
policy strategy
popular famous
population inhabitant people
portion part
position post
possess own have
possible potential
power strength
practice exercise
predict forecast
prepare ready
present current
president head
press media
prevent stop avoid avert block
previous prior earlier former
price cost
prior earlier
priest clergyman
prison jail
prize award
problem issue trouble
produce make manufacture generate create
producer maker
product good
professor academic
profit gain earnings
program programme show
project scheme
promise pledge vow
promote advance
protect guard defend shield
protest demonstrate
prove show
provide give supply offer
publish release issue print
pupil student
purchase buy
purpose aim
quake earthquake
quantity amount
quarter fourth
quick fast
quit leave resign
rain rainfall precipitation
raise lift increase
rapid fast
rate pace
reach arrive
reason cause
rebuild reconstruct
receive get obtain
recent new
recommend advise suggest
record document
recover recuperate heal
reduce cut lower decrease lessen
region area
regulation rule
reject refuse decline
relate connect
relationship link
release publish issue launch
remain stay
remarkable notable
remember recall
remove eliminate delete
rent lease
repair fix restore
replace substitute succeed supersede
reply answer
report say state announce
reporter journalist
represent depict
require need demand
research study
researcher scientist investigator
reserve save
reside live
resident inhabitant
resign quit
result outcome finding consequence
return come
reveal show disclose
revenue income sales turnover
rich wealthy affluent
rise increase climb go
risk danger
river stream
road street highway
robbery theft
rock stone
role part
rule govern
ruler monarch leader
sad unhappy
safe secure
sailor seaman
salary pay
same identical
save rescue
say state tell report remark comment declare
scholar academic
school college
science scientific
scientist researcher
score tally
sea ocean
search hunt look
secret hidden
secure obtain
see view
seek pursue
select choose
sell market
send dispatch transmit mail
sentence term
separate divide
serve act work
settle resolve
severe serious grave acute
share portion stake
shareholder stockholder
ship vessel
shop store outlet
show display demonstrate indicate reveal exhibit
shut close
sick ill
sign indication
significant important considerable substantial notable
similar alike comparable
singer vocalist
site location
situate locate
size extent
skill ability
small little tiny
smart clever
soccer football
soldier troop
song track single
source origin
speak talk
special particular
specialist expert
speech address
spend use
split divide
sponsor back
spouse husband wife partner
staff personnel
stage phase
start begin
state say
station stop
statistic figure
statue sculpture
stay remain
steal rob
step measure
stock share
stop halt cease end
storm hurricane
story tale narrative
strange odd unusual
street road
strong powerful robust
structure building
student pupil learner
study research examine investigation
subject topic
succeed follow
successful prosperous
suggest indicate propose imply
supervise oversee
supply provide
support back endorse
suppose assume
surgery operation
surname name
surround encircle
survey poll
survive live
teach instruct educate
teacher instructor educator
team side squad club
technique method
telephone phone call
television tv
temporary interim
term call
terrible awful
territory land
test examine trial
theory hypothesis
thin slim
think believe consider
threat danger
throughout across
town city
track song
trade commerce
tradition custom
train teach
transfer move
transport carry convey
travel go journey
treat handle
treatment therapy
tree wood
trial case
trip journey
try attempt
type kind form
understand comprehend
unite combine
university college institution
unusual rare
use utilize employ apply usage consume
usually typically generally normally
vaccine vaccination inoculation
various several different many
vehicle car
victim casualty
victory win triumph
view opinion
village settlement
visit tour
visitor tourist guest
volcano volcanic
vote ballot elect
wage pay
wait await
walk hike
wall barrier
want wish desire
war conflict
watch view
water aquatic
way method
weapon arm
weather climate
website site
wedding marriage
well-known famous
win triumph victory
winner victor champion
woman female
word term
work labor labour
worker employee laborer
world globe earth
worldwide global international
write author pen compose
writer author
wrong incorrect
yearly annual
young youthful
zone area
approximately about around roughly nearly
over above exceed
under below
while whereas
because since
but however although though yet
also too
until till
next following subsequent
before prior
after following
between among
during throughout
within inside
along alongside
`;

const PLACES = `
america american usa unitedstates
britain british unitedkingdom briton
england english
scotland scottish scot
wales welsh
ireland irish
france french
germany german
spain spanish spaniard
italy italian
portugal portuguese
netherlands dutch holland
belgium belgian
switzerland swiss
austria austrian
sweden swedish swede
norway norwegian
denmark danish dane
finland finnish finn
poland polish pole
russia russian
ukraine ukrainian
greece greek
turkey turkish turk
china chinese
japan japanese
korea korean
india indian
pakistan pakistani
bangladesh bangladeshi
vietnam vietnamese
thailand thai
indonesia indonesian
philippines filipino philippine
australia australian
canada canadian
mexico mexican
brazil brazilian
argentina argentine argentinian argentinean
chile chilean
colombia colombian
peru peruvian
cuba cuban
egypt egyptian
israel israeli
iran iranian
iraq iraqi
syria syrian
nigeria nigerian
kenya kenyan
ethiopia ethiopian
europe european
asia asian
africa african
rome roman
hungary hungarian
czech czechia
romania romanian
bulgaria bulgarian
serbia serbian
croatia croatian
iceland icelandic icelander
`;

/** Stems of each group. */
export const SYNONYM_GROUPS: readonly (readonly string[])[] = `${GROUPS}${PLACES}`
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => [...new Set(line.split(' ').map(stem))]);

/** Stem → numbers of the groups it is in. Two stems are synonyms when they share a group. */
export const SYNONYMS: ReadonlyMap<string, readonly number[]> = build();

function build(): Map<string, number[]> {
  const map = new Map<string, number[]>();
  for (const [group, stems] of SYNONYM_GROUPS.entries()) {
    for (const each of stems) map.set(each, [...(map.get(each) ?? []), group]);
  }
  return map;
}
