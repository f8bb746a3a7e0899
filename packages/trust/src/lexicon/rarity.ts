/**
 * How rare a stem of English is: 20 (in every seventh sentence) to 100 (not listed), ten times the natural logarithm of sentences to
 * sentences with it, in tens. Made by bench/trust/build-rarity.ts; do not edit. Counted over 64209 sentences of evidence of public
 * data sets: BEGIN (CC BY 4.0), Citation-Integrity and FactCG (MIT), Factcheck-GPT, SummEdits and FoolMeTwice (Apache-2.0), WiCE (ODC-BY
 * over CC BY-SA text). Counts of words, no text.
 */

const RAREST = 100;

const CLASSES: readonly (readonly [weight: number, stems: string])[] = [
  [30, `new say tim year`],
  [
    40,
    `becom cal cel chang com datum day film find first gam go good group high increas know last lat lif littl long mak meta
    person play report result see show stat studi tak team th two use way work world`,
  ],
  [
    50,
    `acces act action activiti add age ago album allow analyz animal announc appear area articl ask associat association
    author availabl back band bas begin big black board book break bring build busines cancer car cas caus child citi clos
    co comment common communiti compani compar complet consider content continu control cost countri creat dat death
    design develop development diabet die different direct director diseas don due earli effect end energi estimat event
    exampl expect experienc expression factor fal famili far featur feel field figur fil final fiv focus follow forc form
    former four fre friend ful function futur gen general giv government great grow head health heart help histori hold
    hom hour hous http human icon imag important improv individual infection information interest international involv
    issu join keep kil larg launch law lead learn leav level light lik lin link list liv ll local look los lot lov low
    main major man mark market material mean medium meet member million model month mous mov movi music nam need next not
    number observ offer offic official old open order part parti patient photo plac plan player point population post
    potential power present president previous pric proces produc product program project protein provid public publish
    put question rat re reach read real receiv recent record reduc region relat releas remain requir research respons
    return review right risk rol run school season second seri serv servic set shar short sid sign significant singl sit
    smal social song sourc spac specific sport st stag star start stori strong student suggest support system talk target
    technologi tel term test thing think third thre together top total train turn typ updat user ve video view want watch
    water week whit win woman writ young`,
  ],
  [
    60,
    `abiliti abl accept account achiev activ activat activation actor actres actual addition additional addres adult advanc
    affect ag agenci agent agre agreement ahead aid aim aircraft alway amount annual answer anti app appli application
    approach archiv arm armi arrest arriv artist asses atmospher attack attempt attend attention audienc authoriti averag
    away bad bal bank bar basebal basis batteri battl beach bear beat behavior believ benefit bil billion bind bit block
    blog blood blu bodi born box brain brand brief brother bus buy camera campaign candidat capital captur career carri
    cast categori central centuri certain chain chair challeng champion chanc character charg chart check chief choos
    civil claim clas classic clear click client climat clinical club coach cod collect collection colleg color combin
    comedi command compet competition complex component computer concern condition conduct conferenc confirm conflict
    connect consist consistent consumer contact contain contrast contribut copi cor coronari count coupl cours cover
    credit critical cros cultur current customer cut daili damag daughter de dead deal debat debut decad decid decision
    declin decreas deep defens defin degre deliver demand demonstrat depend dependent describ detail detect determin devic
    didn differenc digital discover display distanc district doesn dos doubl drama draw dream driv drop drug dynamic
    dysfunction earn easi economi economic edit edition editor education effectiv effort eight election element email
    enabl engineer enhanc enough ensur enter entertainment entir environment environmental epigenetic episod epithelial
    era escap especial essential establish evidenc examin excit executiv exist expand expert explain explor expres extend
    extrem eye fac faciliti fact fail famous fan fast fat father fear federal feed femal fight fin financial finish fir
    firm flight fly food foot footbal formation forward founder fourth frequent front functional fund gain galaxi gas
    generat generation genetic genr giant girl global goal gold governor graduat green grind growth guid gun guy half hand
    happen hard hear heat heavi hit hol honor hop hospital host hot hug hundr hydrogen idea identifi immediat immun impact
    incident includ incom independent indicat induc industri industrial influenc inhibit initial insid internet interview
    introduc introduction investigat iron isn job judg justic key kid kind label labor lack land languag leader legal
    length librari limit locat location log machin magazin maintain majoriti mal manag management manager map marri mas
    massiv master match matter measur mechanism mediat medical memori mention messag metal metformin method middl mil
    militari mind minut mis mission mitochondrial modern molecul moment money monitor moon morn mortaliti mother movement
    multipl mutation nation natur natural nd necessari negativ network night nin non normal northern novel obesiti object
    occur officer onlin operat operation opportuniti option org organization original outcom outsid oxygen pag paint pair
    paper parent participant particular partner pas past pathway pay percent perform performanc period personal phenotyp
    phon physical pick pictur piec planet plant platform pm pol polic polici political pop popular position positiv
    possibl practic pre pres presenc pressur pretti prevalenc prevent primari prior privat probabl problem producer
    production professional profil profit promot properti propos pul qualiti quarter quick rac radio rais rang rank rapid
    rar ratio rd readi reason recogniz red refer referenc reflect regular regulat relationship relativ remember remov
    represent researcher resourc responsibl rest reveal rich ris road rock room round rul saf safeti sal sampl sav scal
    scen schedul scientist scor screen sea search section securiti seek seem sel select selection self send senior sens
    separat sequenc seven sever sex shap ship shoot shop signal similar singer situation six siz slav slow soldier
    solution son sort sound southern speak speci special speech speed spend spot spring squar stadium staf stand standard
    statement station status stay step stock stop stor strain strategi stream stres strik strip structur studio styl
    subject succes successful summer sur surfac surpriz tabl tail talent teach techniqu television temperatur ten text
    thank theori thousand tie tissu tool tour town track trad transfer travel treat treatment tri trial tru try tumor
    ultimat understand union uniqu vaccin valu varieti various version vic viral virus visit voic vot wait walk warn wasn
    wav web websit weight whol wid wif wild winner winter word worker writer www`,
  ],
  [
    70,
    `abacus abnormal abnormaliti absenc absolut absorb abstract abus academic accelerat accompani accumulation accurat
    accus acid acquir acquisition acut adapt adaptation adaptiv adjust administration admit adopt ads advantag adventur
    advers advertisement advertiz advic advocat affair affiniti afternoon aggressiv airport alcohol alert algorithm alleg
    allegation alon alongsid alter alternativ amaz analyst ancient angl anim animation anniversari announcement antibodi
    anticipat antiviral apart apartment apparent appeal appearanc appoint appointment appropriat approv approval
    architectur aren arena argu argument array arrival arrow artificial aspect assault assay assembli assessment asset
    assign assist assistant assum astronaut astronomer athlet atom attach attendanc attorney attract attribut audio autism
    autonomous autophagi avoid babi background bag balanc ban barrier baselin basic basketbal beauti beautiful belief
    belong biologi biological bird birth birthday bishop blend blind blow boat bob bomb bon bond boost booster border bos
    bottl bottom branch brava breast breath bright brilliant broad broadcast browser budget bulk burden burn burst byt
    cabl calculat calendar camp campus cancel capabiliti capabl capaciti captain carbon card cardiovascular careful cash
    caspas casualti catch celebrat celebration celebriti cellular cent ceremoni chairman channel chapter characteristic
    characteriz chas chat cheap chef chemical chemokin chip choic chromosom chronic circl circuit cit citizen civilian
    classical classifi clean climb clinic clock cloth cloud cluster cm coal coffe cohort cold colitis collaboration
    collaps colleagu collectiv collision colon coloni colonization column combat combination comic commander commercial
    commission commit communication comparison competitiv complication composition compound comprehensiv compriz comput
    concentration concept concert conclud conclusion confidenc configuration connection consensus consequenc conservation
    conservativ considerabl consideration constant construct construction consumption contemporari contest context
    continent continuous contract contribution contributor controversi controversial convenienc conversation conversion
    convert convinc cook cooki cool coordinat cop copper corner coronavirus corporat corporation correct correlat couldn
    courtesi coverag crash crazi creation creativ creator creatur crew cricket crim criminal cris criterion critic crowd
    crown crucial cultural cycl cytokin danc dangerous dark databas dataset debris debt declar dedicat defeat defend
    deficient deficit definit definition degradation delay deliveri demo demonstration deni dens densiti depict deploy
    depression depth deputi deriv description designer desir desktop destroy developer diagnos diet differ difficult
    dinner direction disabiliti disband discount discoveri discus discussion dish dismis disorder dissolv distant distinct
    distinguish distribut distribution div divers diversiti divid doctor document documentari dog dollar domain domestic
    dominat door doubt download downtown dozen draft dres drink driver duration dust duti earthquak eas eat edg efficaci
    efficienci efficient elect electric electriciti electron electronic elevat emerg emergenci emotional employ employe en
    encod encounter encourag engag engagement engin enjoy enterpriz entri epidemic equal equip equipment error estat
    evaluat even evolution evolv ex excellent exces exchang exclud exclusiv execution exerciz exhibit exhibition existenc
    expansion expectanci expectation expedition expensiv experiment experimental expos exposur extensiv extent external
    extra facilitat factori faculti failur fair faith fantasi farm farmer fashion favor favorit fee feedback fellow
    fiction fifth fighter financ fish fit fix flag flat floor flow foam fold forecast foreign forest forget formal format
    fossil found fram framework franchiz fraud freedom frequenci fresh fuel fulli fun fundamental funni fusion gap gather
    gay gear gender genom gift glas glid glob glucos glycan gonna grad grant graphic gravitational graviti guard gues
    guest guidelin guilti guitar guitarist hair handl hang happi hardwar hat haven headlin headquarter healthi height
    helium heritag hero hid highlight hik hir historian historic historical holiday horizon horror hors hostag hotel html
    hub humanitarian hunt husband hypoglycaemia hypothes ice id identiti illnes illustrat imagin immuniti impair implement
    implementation implicat importanc impossibl impressiv improvement inch incidenc incorporat increasing incredibl index
    indi indirect induction infant infect inflammasom inflammation inflammatori inflation influential info inform
    infrastructur inheritanc inhibition inhibitor initiat initiation initiativ injection injur injuri inner innovation
    input insight inspir instanc institution insulin insuranc intak integrat intelligenc intend intens intensiv interact
    interaction interfac internal intervention intestinal invasion invest investigation investment investor invit ion
    isolat item jet joint jok journalist journey jump kg kick kilometer kit km knock knockdown knowledg lab laboratori lan
    landscap latter laugh lawsuit lawyer lay layer leadership leaf leak lean leg legaci legend legislation letter licens
    lie lifestyl lifetim lift limitation lineup lipid liquid listen literal literatur lithium liver load loan lock loop
    loos lung macrophag magnesium magnetic magnitud mail maintenanc maker manner manufactur marker maximum mayor
    measurement meat medal median mediator membran mental menu mer merg merger mesenchymal metabolic metabolism metastas
    metastatic meter mg microglia mid migration mild militant min ministri minor mirror missil mistak mitochondria mix mm
    mobil moderat modest modifi modification modul molecular monkey most motion motor mouth mucin mucus multi murder muscl
    musical musician narrow nativ navigation nearbi neighbor net neural neutraliz neutron newli newsletter newspaper nic
    nod nominat nomination nomine notabl notic nuclear numerous obes objectiv observation obtain obvious occasion occupi
    ocean odd offensiv oil one ongo opinion opponent oppos opposition optimal optimization orbit ordinari organ organiz
    origin originat output outstand overlap overweight own owner oxidativ pac pack packag pancreatic panda pandemic panel
    parallel parameter partial participat particl partnership path pathogenes pattern payment peac peach peak penalti
    percentag perfect permanent permit perspectiv pesticid phas phenomenon photograph physic pilot pin pioneer pitch
    placebo plat plead plenti plot plus podcast politic pool poor port pos possibiliti potato pound powerful pp praiz
    predict prediction prefer preferenc prepar presentation preserv presidential prevention principal principl print
    prison procedur progres progression proliferation prominent promiz promoter promotion prompt proper proportion
    proposal prospectiv protect protection protectiv protest protester protocol prov publication purchas purpos pursu push
    qualifi quarterback quicksand quot ralli random raw ray reaction reader realiti realiz recal receptor recognition
    recommend recommendation recover recoveri recruit recruiter reduction reform refuge refus regard regional register
    regulation regulatori reject relation relevant reli religious remarkabl remdesivir remind remot repair repeat replac
    repli replication reported reporter representation representativ request requirement rescu residenc resident resistanc
    resolution respect respiratori respond responsibiliti restaurant restor restrict restriction retail retailer retain
    retir retirement retriev revenu revers reward rid ring river robust rocket root rout routin row rumor runner rush salt
    sand satellit scan scenario schem scholar scholarship scientific script seat secondari secret secretari sector secur
    seed sensitiv sensitiviti sentenc seq serious server session settl severiti sexual shark sharp sheep shel shift shock
    sight signatur silenc silver simp simpl simulation simultaneous sing sink sister sitcom sixth skil skip sky slaveri
    sleep slight smart smok soccer soft softwar soil sol solar solid solo solv soul spacecraft span spark speaker
    specializ specimen spider spik spin spirit split spokesperson sponsor spread stabl statistic statistical steal stem
    stick stimulat storag storm straight strang strength striatal string strok structural struggl stuf stun submission
    submit subscription subsequent subset substantial succe sudden suffer sufficient sugar suit sulfat summari summit
    supermassiv suppli supporter suppres surfboard surround survey surviv survival survivor suspect sustain sweet switch
    symptom symptomatic syndrom systemic tag tal tank tap task tax teacher tear tech technical telescop temporari tend
    tension terminal territori terrorist them therapeutic therapi threat threaten thriller throw ticket tight tip ton
    tooth topic touch tough tournament tower toxic toy trac tradition traditional traffic trail trait transcript
    transcription transcriptional transform transition translat transmission transport trap tre trend trigger trip tripl
    troop trophi troubl truck truli trust truth tumorigenes tun tunnel tweet twenti twic twin typical uh um unabl undergo
    undergraduat underli univers unknown unlik upcom upgrad upper urban urg useful usual utiliz valuabl van vari variabl
    variant variation vast vector vehicl venu veteran victim victori viewer villag violenc virtual visibl vision visitor
    visual vitro vivo vocal volcanic volum volunteer voter warm weapon wear weather wed weekend welcom weren wil wind
    window wir wish witnes wonder workshop worldwid worri worth wouldn wound wrong yellow yield youth zon`,
  ],
  [
    80,
    `abandon abolish abolition abroad absent abundanc abundant ac acceleration accessibiliti accessibl accident accidental
    acclaim accommodat accomplish accordanc according accountabiliti accretion accumulat accuraci accusation achievement
    acknowledg acoustic acr activist addict addiction adequat adipos adjacent adjustment administer administrativ
    admission adoption advancement adviser advisor adviz advocaci aesthetic affection affiliat afford affordabl aftermath
    afterward agenda agricultural airshow align alik aliv allel alleviat alli allianc alpha alt alteration alternat
    altitud amateur ambassador ambition ambitious amino analytic ancestor ancestri anchor anger angri animat annotation
    anonymous antenna anthem anticoagulation antigen antiretroviral anxieti anymor anyway anywher apologiz apoptos
    apoptotic appendix appreciat aqua arc arcad architect arguabl aris armor arrang arrangement arthritis artilleri
    artistic artwork ash asid ass assembl assert assignment assistanc assumption assur assuranc asteroid astronomi
    astronomical atomic attachment attain attenuat attitud attraction attractiv au audition authoriz auto automat
    automatic automatical autumn availabiliti await awaken awar awarenes awkward axis bachelor backup bacterial bacterium
    badg ballot banner barcod basal basical bassist bat bed bedroom beer begingroup behalf behav behavioral belov bench
    benchmark bend beneath beneficial bet beta bia bias bid bik bilateral billionair bin binari biochemical biographical
    biologist biomarker bipartisan blam blank blast bleed bles boast bold bombardment bonus boom boot borrow bounc bound
    boundari bout bow brav breach breakdown breakthrough breed brick bronz brows brush brutal bubbl bud bug bul bullet
    bulli bump bunch bundl buri busi businessman bust button buyer cabinet cadherin calculation canal capsid caption
    cardiomyocyt cartoon cashmer catalog catastroph categoriz cattl ce ceas ceasefir celestial cement census certificat ch
    chamber chao characterization chariti charm charter cheat checkout cheer chemistri chemoresistanc chemotherapi chest
    chevron childhood cholesterol chop chord chromatin cinema circulat circumstanc citation clad clarifi clash claus clay
    clearanc clif clip clon closur clu coalition coastal coat cognitiv coin coincid collaborat collaborativ collagen
    collector collid colonial combinatorial comeback comedian comet comfort comfortabl commemorat commemoration commenc
    commensal commentari commitment communicat communist comorbiditi compact companion comparabl compartment compatibl
    compel compensation competitor compil compilation complain complaint completion complexiti complicat compos composer
    composit compres compression compromiz compulsiv computation con conceal concentrat concret concurrent condemn
    conductor confer confirmation confront confus congressional connectiviti conquer conscious consecutiv consent conserv
    consol consortium conspiraci constellation constitut constitutional constrain constraint consult consultant consum
    container contender contentious continental contrari controller convenient conventional convict conviction cooler
    cooperation copri correction correlation correspond corrupt corruption cosmic cosmo costum counsel counter counterpart
    coup cousin crack craft cran cranial crawl cream creativiti criticism criticiz crop cruel cruiz crush cry crystal cs
    culminat cumulativ curat curator curiositi curious curriculum curv custom da dad danger dar dash dayb daylight deadlin
    deck declaration decorat default defect defenc defensiv deficienci definitiv degrad del delet deletion deliberat
    delight demiz democraci demographic den denot depart departur depletion deposit deposition depot depressiv der descend
    descent desert deserv designat designation desk desperat destination destruction detectabl detection determination
    devastat developmental devot di diabetic diagnostic dialogu diamond dietari differential differentiat differentiation
    difficulti dig dilut dim dimension diminish din dinosaur dioxid dip diploma diplomat directori dirt disabl disadvantag
    disappear disappoint disaster disc discharg disciplin discontinu discret discrimination disk displac displacement
    disproportionat disput disqualifi disrupt disruption distinction distinctiv disturb diver divorc doctoral doctrin doi
    domesticat domestication dominant donat donation donor dot downstream dpi drag dragon dramatic dramatical dril dron
    drown drum dry dual dub duo dwarf eager ear echidna echo eclips economist ecosystem edu educat educational educator
    effectivenes effector egg eighth elaborat elder electrical electromagnetic elegant eleven elicit eligibiliti eligibl
    eliminat elimination elit elsewher embark embed embrac embryonic emergenc emission emit emotion emphas emphasiz
    empirical employer employment empti encompas endgroup endogenous endors endur enemi enforc enforcement enhancement
    enlist enormous enrich enrichment enrol enrollment ensembl ensu entertain entiti entitl entranc entrepreneur enzym
    epic epidemiological epithelium epitop epoxi equaliti equation equiti equivalent escalat essay establishment ethic
    ethnic ethniciti eurosport evacuat evacuation evaluation everyday everywher evident evil evok evolutionari exact exam
    examination exce excellenc exception exceptional excessiv excitement execut exert exit exotic expens expertiz expir
    explanation explicit explod exploit exploration explorer explosion export extension extinction extract extraction
    extraordinari fad fak fals familiar fanci fantastic farewel fascinat fatal fatigu fatti favorabl favourit feasibl fi
    fiber fiberglas fictional fierc fifti filament filmmaker filter finger firearm firework fiscal fission fitnes fixation
    fixtur flagship flam flar flash flavor fle fleet flexibiliti flexibl flip float flood flourish flower fluid
    fluorescenc folk follower footag footnot forbid forever formula forth forthcom forti fortun fortunat fraction fragment
    fragranc freez freshman friendship frighten frontman fruit frustrat ft fuck fulfil functionaliti funeral fus gag gamer
    gamma gang garner gastrointestinal generativ generous genetical genius genomic genuin geographi geographic get ghost
    gig girlfriend glacier glad glycaemia glycemic glycoprotein glycosylation goalkeeper goat goblet golf govern governanc
    grab grac gradual grain grandfather grandmaster graph grateful grav gray grey grid grip gros ground guarante guidanc
    gut habit habitat hack hadn hail halt hamster handful handicap hapten harbor harder harm harsh harvest hasn hazard
    heal healthcar healthspan heel heir hel helicopter hello hematopoietic hepatic heritabiliti heroin heterogeneiti hi
    highway hint hip hippocampal histon hockey holder homeles homeostas hometown honest hopeful horizontal hormon horn
    hospitaliz hospitalization household hrs humaniti humbl humor hurt hybrid hypertension hypoglycemia hypothesiz hypoxia
    iconic ideal identical identification idol ignit ignor ill illegal imbalanc immens immigrant immigration impairment
    impli implication import impos impres imprison inaugural inbox inception inclusion incorrect independenc indication
    indicator indigenous indoor induct inertia infamous infarction infectious inferenc influenza infrar infusion
    ingredient inherent inherit inhibitori inject innat innocent innovativ insist inspiration instabiliti instal
    installation installment instant instruct instruction instrument instrumental intact integration integriti intelligent
    intensifi intensiti intention interactiv intercept interception interferon intergenic interim interior intermediat
    interpret interpretation interval intimat intrigu invad invasiv invent inventor inventori investigator involvement
    ironwork jail jaz journalism judicial junction juri justifi keyboard keyword kidnap kidney killer kinas kis kitchen
    kne knockout kyr lakehous lamb landmark lap laptop latenci lattic lawmaker leap leas lectur legendari legislativ lend
    lesion lesser lesson leverag liabiliti liberal lifespan ligand ligas lightn linear liquefi listener literari lobbi loc
    localiz locus logo loin lon longeviti longtim loud luck lucki luminositi lunar lunch luxuri lymph lymphoid lyric
    macaqu magic magma magnetar mainstream mammal mammalian mammari mandat manipulat manipulation mantl manual
    manufacturer manuscript march margin marginal marriag marrow mask masterpiec matcha mathematic mathematical matur
    maximiz meal meaningful mechanic mechanical medallist medication medieval mega melodi melt memoir memorabl mentor
    merchant merit mes metadata metallic meteor methodologi methylation metric metro microarray microb microbial microbiom
    microbiota microglial midnight migrant migrat mileston milk mineral mini minimal minimiz minimum minoriti mishap
    mitofusin mitophagi mixtur ml mmol mobilization mock modulat mol mom momentum monarch monk monument moral morbiditi
    motivation mph mucosal mud multiomic municipaliti munition mutant mutational mutual myocardial mysteri mysterious myth
    na nail narrativ nationalist naturalist navigat near neck necroptos negotiation neighborhood nephew nervous neurogenes
    neuron neuronal neutral neutralization nevertheles nich nicknam nitric nitrogen nobl nois noncod nonprofit normaliz
    nos notion notorious novo nucleotid nucleus nul nurs nutrient nutrition nytim obscur observational obses occasional
    occupation occurrenc offspr oligomannos omic onboard oncogenic onset operational operator opposit opt optical optimiz
    oral orang ordinal organic organism organizer orient orientation orphan outbreak outdoor outer outfit outlet outlin
    outlook outspoken overcom overexpres overexpression overlook overnight overse oversea overturn overwhelm ow ownership
    oxidation pad pain painter pal palatabl panic pant par paraquat participation passag passenger passion passionat
    passport password patata patch pathogen pathologi patrol paus peaceful peer pen pend penni pension peptid perceiv
    perception peregrin performer peripheral permission permutation persist persistent personaliti personnel persuad
    pervasiv phagocytic phenotypic philosophi phosphorylat phosphorylation photographer phras physician piano pic pig pil
    pip pipelin pit plain planetari plaqu plasma plastic plasticiti playof plea pleas pleasur pledg pocket poem poetri
    poison polar polariti polish politician pollution polymeras pond populariti populat pork portfolio portion portrait
    portray posses possession poster pot potent pour poverti powder practical prayer preadipocyt preced precis precision
    preciz predator predecessor prediabet predominant pregnanci pregnant preliminari prematur premium premiz preparation
    preseason preservation presidenci prestigious presumabl prevalent prey prid priest primat prioriti prioritiz prob
    probabiliti proce processor profession profound progenitor prognostic progressiv prohibit projection proliferativ
    prolong pron proof propel prophylaxis prosecutor prospect proteasom proud proven provider provinc provision
    pseudovirus psychiatric psychologi pump punch punk pur purifi puzzl qualification quantitativ quantiti quantum quasar
    quasispeci quest quiet quit racial racism racist radar radiation radical radius raid rail rain ramp randomiz ransomwar
    rap rapper razor react reactiv reactor realistic rear reasonabl rebel reboot rebound rebuild reception recip recipient
    recombinant reconcil reconstruction recreational recruitment recur redback redox refin reflection regain regardles
    regia regim regimen registration regression regulator rehearsal reign relax relentles reliabiliti reliabl relief
    reliev religion relocat reluctant remainder remark reminder remodel removal renam render rendition renew renewabl
    renown rent replacement replicat reproduc reproduction reputation rescuer resembl reservation reservoir resid
    residenci residu resign resignation resin resist resistant resolv resort respectiv restoration resum retention retreat
    retrovirus reunion reunit reveng reversal revival reviz revolution revolv rhesus rheumatoid rib ric rider rippl rival
    rivalri robot rocki romanc romantic roof roster rotat rotation rotenon rough rs rsquo rural sacrific sad sail salari
    salvation sanction satisfi sauc savag scandal scar scatter sci scop scoreboard scout scrap scream screenplay
    screenwriter scrol scuba seal seasonal secretion secretori seeming segment seismic seiz selectiv semi seminar
    senescent sensitiz sensor separation sequel serial serum settlement settler setup seventh shadow shak sham shareholder
    shed sheet shelf shelter shield shin shirt shit sho shopper shor shot shoulder shouldn shout showcas shower shrink
    shut shutdown shuttl shy sibl sick sidelin significanc silicat similariti simmer simulat sketch ski skin slat slid
    slip smartphon smash smel smil smooth snak snap snooker snow soar sodium softbal solidariti somehow somewhat somewher
    songwriter sorri soundtrack sourcer southeast southwest spa spacewalk spar spatial specialist specialti specifi
    spectacl spectacular spectrum speculat speculation spel sperm spici spiral spiritual splash spleen spokesman
    spontaneous spotlight sprint spur spy squad stab stabiliti stabiliz stack stain stak standardiz starter startup statut
    steadi stellar stereotyp stimulus strand stranger strategic stratifi streak strengthen stretch striatum strict striv
    styliz subdu subgroup submarin subscriber subsidiari substanc substrat successor suggestion suicid suitabl sum
    summariz superhero superior supernova supplement supplier suppos suppression suppressor surf surfer surg surgeri
    surpas surprising surreal surveillanc susceptibiliti susceptibl suspend suspension sustainabl swarm swear sweep swim
    swing symbol synthes synthesiz systematic tablet tackl tailor takeover talli tast teammat technological teen teenag
    teenager templ temporal tennis tentativ tenur terrac terrain terrestrial terrifi terror testifi textbook textur
    theatrical theft theguardian theoretical therebi thermal thick thin thirti thought threshold thril thriv thrombotic
    thron throughput tid tier til timelin tini tir titer tobacco toe token tokenization tol toleranc tolerat tomorrow
    tongu tonight touchdown tourist toxicant tract trademark trader tragedi tragic trailer tran transaction transcrib
    transcriptom transformation transgenic transient transit translation translocation transmit transplant transplantation
    transportation tray treasur treati tremendous tribut triglycerid trillion trio triumph tropical tub tutorial twelfth
    twelv twist typeof ubiquitin ubiquitination uncertainti uncl unclear uncover undefin underground undertak underway
    undetectabl unexpect unfortunat uniform uniti unleash unlimit unlock unofficial unprecedent unsuccessful untreat
    unusual unveil ups upward urgent usag utiliti vacation vaccinat vaccination validat variabiliti varianc vault vegetabl
    velociti vendor venom ventilation ventur verdict verifi vertical vessel vinyl violat violation violent visceral vital
    vitamin vol volcano volleybal von vulnerabiliti vulnerabl wag wak wan warehous warmer warrior wast weak wealth wealthi
    weigh weightlift weird wet whatever wheel whilst widespread widow width wildfir wildlif wireles withdraw withdrawal
    wonderful wooden wool workplac worsen wrap wrestl yard yeast yesterday yuan zero`,
  ],
  [
    90,
    `abbr abbreviat aberrant aboard abolitionist abortion abrogat abrupt accent acceptanc accomplishment adher adipocyt
    administrator admir adoptiv advertiser aerospac affiliation affirm aggregat agitat ain airborn airstrik alarm albeit
    alcoholic alga alleged allocat allowanc alma altogether alveolar ambush amelwindsor ammunition amplifi amplitud
    amyloid analog analytical anatomi anatomical angiogenes anionic annotat antagonist anterior anthologi antioxidant
    antisemitism apologi applicabl applicant arbitrari archaeologist architectural arrhythmia ascend aspir aspiration
    assassin assassinat assassination assertion atmospheric atop attacker attendant attende attributabl auction augment
    aunt authorization automobil autophagic autophagosom autopsi avium awesom backdrop backer backlash badli ballet
    balloon barrel basement bash bath bathroom be bead beam bean beard bee befriend belt betacoronavirus bio bitter bizar
    blad blockad blockbuster blunt bodybuild bodybuilder bomber bother bowel boyfriend breweri buck bucket buffer builder
    cab cak calcium calm cancellation candi candidaci cannabis canva captiv captivat cardiac cargo carrier casual catalogu
    catalyst catastrophic causal caution ceil censor certifi charitabl checkpoint chicken chlorid chorus chromosomal
    chronical chunk circular circulation civic civilization clariti classmat clever cocktail coloniz colorectal
    commentator comparativ compensat complement complementari compli complianc conceiv concession concomitant condens
    condolenc confession confident confin confrontation confusion congratulat conjunction connectom constituent
    constitutiv contend continual convey cooperat coordination correspondent cotton countles courtyard covalent cow crest
    critiqu culinari cult cultivat currenci curs customization cyber cylinder damn dancer darknes decent decil decisiv
    dedication deem deepen defectiv defendant defender defi delegat delegation delicious della dependenci deplet
    deployment depolarization deregulat derivativ descendant destroyer detectiv deteriorat deviz diagram dial diameter
    diarrhoeal dictat digit dimer dioces diplomatic dis disagre disagreement disappointment disbandment disclosur
    dispariti distillation distract distres distributor ditch divergent divin documentation dol dop downward drought
    drummer duck dul dump durabl dusk dynasti ectopic eddi eds eighti eject elastic elasticiti elevation elusiv embarras
    emblem embryo empower endanger endeavor endles endorsement endothelial engraftment enhancer enslav entertainer
    enthusiasm enthusiast envelop envision eruption essenc eternal ethereal eventual exacerbat excavator excerpt exec
    exhaust exil exogenous exon exploitation extracellular extremophil fabric fault feat feather ferret fever fibroblast
    finaliz finest flagellum flank flaw flesh flex focal footprint forg fork foul fourteen fragmentation frail freelanc
    fresco frog frustration fumbl fundraiz gameplay garag gaseous gel generaliz generator genotyp gent geographical
    geological gestur glider glimps glitch glori glorious glucocorticoid glycosylat goodbi graduation graft gram granul
    gras greet grenad grief groceri groundbreak hacker handgun handheld harassment hardest harmful hatr haunt headach
    headphon headset heartbreak heighten helm helmet helpful herd hijack hinder hitch hmm hominid homologous honorari hood
    hook hoop horrific hybridization hydrochloric hyp hyperglycemia hypoglycaemic hypoxic ileum illustration imageri
    imagination immunization immunogen impression imprint inactiv inactivat inadvertent inappropriat incentiv inclusiv
    inconsistent incubator indefinit indictment indiscriminat inducer inequaliti inevitabl infer infiltrat infiltration
    infinit informativ ing inmat inquiri insan insect insert inspection instinct instructor insufficient insult insurer
    intellectual intentional inter interceptor interfer interferenc intermittent intern intra intracellular intranasal
    invention invisibl invitation irradiation isolation iteration ix jacket judgment junk ke keen keeper kinetic knif knot
    lacros lamp laser latent lateral lawn legitimat len lengthi let lethal lez liftof likelihood lineag linger linkag lip
    lipotoxiciti literaci litigation livestream logic logical logistic longitudinal loung lower luminous magical magnetism
    makeup malaria malfunction manifest mansion marathon marbl marginaliz marked marque massacr matchcenter mattres
    microenvironment midst millennium millisecond miner mitigat mlssoccer mobiliz modulation modulus mogul monetari
    monocyt mood morphologi mortgag motif motorcycl mourn multiplayer multivariat mum myeloid naiv nasal nationwid ne
    negotiat nerv nest neurodegenerativ ng nightmar nineteenth nonetheles norm normativ northeast notebook noteworthi nud
    nutritional ob obsession occupational offens oncogen onstag optic orbital organiser ounc outdat outperform outreach
    outsider overfit overhaul overhead oversight overtim overwhelming owe ox oxid pageant painful paralyz passiv pastoral
    patent pathogenic pathological pathophysiologi pediatric pedophil penguin peopl persistenc pertain phagocytos
    pharmaceutical pharmacological phosphorous photographi photon pickup pie pitcher placement plagu plaintif plantation
    plausibl plc pleasant plum plung polariz polyester polyurethan portabl posit postgraduat postpon postulat precious
    predictor preferential prefusion prejudic presenter presum pretend prevail primer primitiv prisoner privileg
    procedural proclaim productiv programmer proinflammatori promotional pronounc prophylactic prostitut proteas proton
    prototyp provincial provok proxi proximal proximiti psychological psychosocial publiciti pulmonari puls punish
    punishment putativ pyruvat quak quantification rabbit rack radiat railway ransom realm recapitulat recession
    recombination recount recurrenc recurrent recycl redesign refresh regret reinforc reinstat relay relevanc remix
    remnant renal renewal renovation rental reopen repeated replay repositori repres repression repressiv residential
    resilienc resonanc resonat respectful respondent retinopathi retrospectiv reus reusabl revelation revert reviewer
    revision revisit reviv revolutioniz rhythm ridiculous rif rig riot ritual rooki ruin sacr sailor sak sanctuari sandi
    sandwich satisfaction saturat sc scam scari schizophrenia scoop scooter scratch screw scrutini seamles segregation
    senescenc sentiment shad sheer shooter shorten simplifi sincer situat skeleton skul slaughter slogan slot smoker snack
    snag snapshot sneak socioeconomic solicit solubl sometim songwrit sophisticat southeastern sovereign spars spear
    spectator spher spil spit splic sponso spous sprawl spray stanc starv starvation statewid static steep stimulation
    stir stomach streamlin stringent stromal stumbl stunt stupid subconscious subcutaneous submerg substitut subtl subway
    subword succession successiv suck sulfur sulphat supermarket supernatural superstar supervisor superviz
    supplementation supposed surgeon surrender svg sword symbolic symboliz tandem tasti tattoo taxi teaser telephon
    temperat templat tendenci tenth termination terminus terribl territorial testimoni thankful thereafter thes thorough
    thread thrombos thumb tick timber tm topological tortur tos tourism traffick trajectori triangl trib trick truste
    tuberculos tumbl turbulenc turmoil turnover ugli unawar unchang unconscious unconstitutional underestimat undermin
    underscor underwater unidentifi unifi unpredictabl unpublish unstabl uplift upload upregulat upset usher valid
    validation vanish verg verification vibrant viciniti vigorous virtu visualiz visualization vivid vocabulari void
    voltag vow voyag wander wash weaken weed welfar whip wiki wintertim wis workflow wormhol worship worthi xenograft zinc
    zip`,
  ],
];

const WEIGHTS: ReadonlyMap<string, number> = new Map(
  CLASSES.flatMap(([weight, stems]) => stems.split(/\s+/).map((stem) => [stem, weight] as const)),
);

/** @returns 20 to 100. */
export function rarity(stem: string): number {
  return WEIGHTS.get(stem) ?? RAREST;
}
