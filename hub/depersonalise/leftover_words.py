"""Which words say what a number beside them is? Posts, nouns that are numbered, and what is measured, spent and counted."""

from __future__ import annotations

from hub.depersonalise.lexicon import word_set

FILLERS = word_set(
    "no nos number numbers num nr ref refs reference id ids is was are code card the a of on called as it serial reads marked"
)
"""What may stand between the word that announces a number and the number."""
HELP = word_set("999 111 101 112 105 119 118")
"""Numbers that everybody rings."""
POSTS = word_set(
    "hcp medic medics para paras paramedic paramedics tech techs technician clin clinician fme fmo ecp eca emt ect acp firefighter"
    " firefighters ff btp mdp cnc pcso pso sc wpc wps dc ds di dcs dci pc pcs ps sgt sgts sergeant constable inspector insp supt"
    " psi psu dho csi soco det dcon dsgt dsu spc cso pcc ceo cto nto eho tso pom som handler dispatcher collar collars badge warrant"
    " shoulder epaulette callsign emd eoc emds controller operator calltaker detective commander arv gaoler jailer loggist steward warden rmn rgn amhp atto dafc oic"
)
"""A number right behind one is a member of staff, even where it looks like an hour."""
SENT = word_set(
    "deployed attended attending attends dispatched despatched resuming resumed assigned committed arrived conveying conveyed"
    " allocated responding mobilised mobile diverted to on at en"
)
"""What is said of who is sent."""
HANDLED = word_set("closed updated authorised authorized attended reviewed seen completed written logged entered taken signed countersigned"
               " recorded reported submitted created opened allocated assigned approved arrested searched seized interviewed supervised"
               " endorsed dealt investigated resulted finalised filed typed actioned dip sampled witnessed driven crewed conveyed"
               " escorted transported stopped detained")  # fmt: skip
"""What was done `by 2217` was done by somebody, not before an hour."""
NOUNS = word_set(
    "oyster puk safe nhs uln mrn upn uprn usrn keysafe keycode doorcode pin passcode passphrase tag fac sgc cad log inc incident crime"
    " occurrence occ niche athena storm datix ulysses riddor rio mosaic liquidlogic carefirst systmone emis lorenzo epr epcr prf"
    " pcr casenote ni urn crn noms nomis delius pnc cro asn nino utr trn sia gmc nmc hcpc gphc gdc brp arc nass imei iccid mpan mprn"
    " chassis vin microchip railcard clubcard nectar passport permit licence license policy invoice docket exhibit"
    " plate plates bleep pager dect combo combination lifeline careline telecare tenancy payroll membership consignment hackney phv mash marac maracs iopc mappa visor pent pentip fpn pcn"
)
"""Things that bear numbers, and have no hour beside them."""
MARKED = word_set("exhibit exhibits exh exhibited")
"""Behind these stands a mark: somebody's initials and a number."""
NUMBERED = word_set(
    "key keys hosp job case claim ticket order parcel tracking account acct customer client patient hospital unit staff employee student candidate"
    " pupil teacher member library bus pass certificate firearm shotgun insurance seal bag property evidence locker frame serial meter"
    " engine trailer fleet plate taxi badge blue prison prisoner cell custody warrant summons tax rent file report complaint"
    " booking reservation flight room bed chip kennel card gift voucher sim contract vat company charity registration reg safe lock"
    " gate door entry alarm burglar combination combo access user personnel service army navy raf force national health home office"
)
"""Things that bear a number where `no` or `number` stands between."""
SPENT = word_set("owes owed owe paid pay pays cost costs worth arrears debt debts balance total totalling earns earned salary wage wages fine fined"
             " price priced lost stole won banked transferred sent withdrew approx approximately about circa over under nearly almost"
             " around some roughly")  # fmt: skip
"""What is before a sum or a rough count."""
MEASURED = word_set(
    "bp hr rr gcs sats sat spo o2 temp t bm bms cbg glucose ketones ketone trop troponin ck crp wcc wbc hb plt platelets na k ur urea"
    " creat creatinine alt ast alp ggt bili bilirubin lactate ph pco po egfr inr ecg qrs qt qtc pr rate pulse resp resps flow pefr"
    " news news2 score scored scores lion reading reads weight wt height ht bmi dose psa tsh hba1c ferritin b12 folate ddimer dimer"
    " amylase lipase level levels lvl tachy brady sinus cholesterol calories kcal psi voltage volts rpm mileage altitude"
    " pressure systolic diastolic map fio act iq percentile sao o fev fvc cap alcohol etoh breath bac coag urate aed joules shock shocks target ebl avpu breath lower spo2"
)
UNITS = word_set(
    "hrs hr hours hour h mins minutes min secs seconds sec days day weeks week wk wks months month years year yrs yr yo miles mile metres"
    " metre meters m km kms cm mm ft feet foot inch inches yards yds litres litre l ml mls mg mgs mcg g kg kgs grams gram oz stone st"
    " lbs lb pounds pound quid p pence k grand euro euros dollars gbp eur usd percent pc degrees deg c f bpm mmhg mph kph units cc kw"
    " watts amp amps volt volts x times calories kcal people persons bed seater acre acres sq cash odd each a per strong plus mmol"
    " stitches men women children kids males females bags wraps tabs tablets pills cans pints bottles homes properties"
    " ish joules mb gb tb mbps hz khz ghz dpi percentile am pm mm2 hectares hectare tonne tonnes tons ton gallons pint"
)
COUNTED_NOT = word_set("this thus states says attends advises reports requests asks arrives confirms tells sees wants needs leaves stands"
                   " pcs does goes comes gives takes finds always towards afterwards regards perhaps across besides unless less")  # fmt: skip
"""Words in -s that are no noun of several."""
AGED_NOT = word_set(
    "bus buses route page pages in since summer class the q section s sec para paragraph line bed room bay cell ward flat no number"
    " grade level windows win size channel x from back circa late early mid year and to or junction exit platform gate"
    " about around under approx between minus plus for gate model version paid pay owes owed cost costs worth total lost won"
)
"""Words before a number over 89 that is no age."""
WAITING = word_set(
    "section sections s bus route form room ward bed bay cell locker page junction exit platform gate channel grade level stage chapter"
    " act article rule part schedule regulation order class unit box bmw peugeot fiat volvo mercedes merc renault citroen mazda ford"
    " transit honda audi vauxhall lexus nokia xbox boeing airbus suzuki yamaha ktm lexmoto aprilia porsche ferrari iphone galaxy dell"
    " top approx about circa around over under nearly almost total area zone block plot figure table appendix paragraph hotel day"
    " year code category cat reading score rate pulse lane tower terminal building suite floor pitch lot radio studio apollo"
    " the a an only just some another these those pay paid owed owes"
)
"""Words with a capital behind which three digits are a section, a bus, a model."""
SUFFIXES = ("ine", "ol", "ide", "cin", "lin", "pril", "tin", "zole", "pam", "lam", "done", "lone", "fen", "xone", "ate", "tan",
            "xin", "vir", "din", "one", "rin", "mab", "pin", "vil", "ast", "ium")  # fmt: skip
"""Endings of what is prescribed: `Sertraline 100`."""
