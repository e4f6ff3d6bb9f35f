"""Sentences of notes, as templates (see `notes`): for all, for recorded crime, incident logs and housing diaries."""

from __future__ import annotations

SHARED = (
    "{V} can be reached on {F} after {hour}.",
    "Contact number given as {F}, alternative {G} for {T}.",
    "E-mail confirmation sent to {M} on {day}.",
    "{T} of {B} also saw what happened but does not want to be named.",
    "No CCTV at the location; neighbouring premises to be asked on {day}.",
    "Call taken at {hour}; caller was calm and gave a clear account.",
    "Mark on the door frame photographed, bill for the repair about {sum}.",
    "Grace period has ended and the will to engage is low; review in {month}.",
    "{V} (dob {D}) said “I just want it to stop” and became upset.",
    "Spoke with {V} at {A}, {P}, who confirmed the details.",
    "It’s the third report since {month} and {V} feels unsafe in {L}.",
    "Passed to the neighbourhood team for patrols between {hour} and midnight.",
    "Two children in the address, safeguarding referral made; school informed of nothing further.",
    "Weather was dry, street lighting poor; rose bushes by the gate had been trampled.",
    "Enquiries continue – {T} to ring back on {G}.",
    "Please note access is through the rear yard; dog on the premises.",
    "Also known locally as the person behind the account {X}, not verified.",
)

CRIME = (
    "Between stated times offender(s) unknown forced the rear window of {A} and took {item}.",
    "{V} was approached by {S} (born {E}) who demanded {item} and pushed the victim to the ground causing {hurt}.",
    'IP {V} states ex-partner {S} attended {A} at {hour}, shouting "open the door or I will burn it down".',
    "{S} was arrested by {O} on suspicion and conveyed to custody; PNC ID {K} checked, warning markers present.",
    "{S}, NINO {N}, gave a home address of {B} and made no comment.",
    "Suspect left in a {car}, index {R}, towards {L}.",
    "Vehicle {R} was left secure at {hour} on {day} and found with the nearside window smashed; {item} stolen.",
    "Vic attended the emergency department with {hurt}, NHS number {H} on the discharge letter.",
    "OIC is {O}, who will update the victim within seven days under the code.",
    "MO: key snapped in lock, tidy search of upstairs rooms, {item} and {sum} in cash taken.",
    "Crime ref {C} given to {V} together with a leaflet on home security.",
    "Threats were sent from {X}; screen shots saved by {V} and produced as exhibit one.",
    "Store detective {T} detained {S} after {item} left the shop unpaid, value {sum}.",
    "House to house at {B} and the properties opposite was negative.",
    "{V} does not support a prosecution and declined to sign the pocket book of {O}.",
    "The aggrieved returned at {hour} to find the front door ajar | alarm box ripped off | nothing apparently missing.",
    "Second male described as tall, slim build, grey tracksuit, local accent, possibly called {T}.",
    "A {car} with partial plate like {W} has been seen circling {L} on {some} nights.",
    "{S} and {V} have one child together, {T}, who was asleep upstairs during the incident.",
    "Damage to wing mirror and nearside door, estimate {sum}; dash-cam requested from {T}.",
    "Bank card of {V} used {some} times at a petrol station before it was stopped.",
    "Forensics: swab of blood from the sill, footwear mark lifted, submitted {day}.",
)

INCIDENT = (
    "INFT states {some} youths on nuisance bikes outside {A}, one poss {T}.",
    "c/b {V} on {F}, wants update from {O}.",
    "Caller {V} reports loud music from {B} every night since {month}.",
    "x2 males fighting o/s {A}, one with {hurt}, ambo requested at {hour}.",
    "Veh {W} parked across the drive of {A} again, neighbour {T} refusing to move it.",
    "Units {O} on scene {hour}, all quiet on arrival, area search no trace.",
    "{V} says that {T} is kicking off next door, kids heard crying, hx of DV.",
    "NFA – no offences disclosed, words of advice given to {T} re language.",
    "Group drinking on the rec since {hour}, {car} with music blaring, reg {W}.",
    "RTC {car} v pedestrian, {L} j/w main road, veh {W} has stopped, driver {T}.",
    "Concern for {T}, last seen {hour} wearing dark coat, phone {G} goes to voicemail.",
    "Log {C} linked. Duplicate call from {T} on {G}.",
    "Bins set alight behind the shops, fire service informed, no suspects named.",
    "Caller's e-mail {M} taken for a statement, dob {D}.",
    "{V} rang again at {hour}: “they’re back”, threatening to {T}.",
    "Resulted as ASB nuisance, PCSO to visit {P} on {day}.",
)

HOUSING = (
    "- Visited {A} on {day} with {T}; tenant {V} let us in and the flat was clean.",
    "Tenant {V} complains of banging and shouting by {S} after {hour} on most nights since {month}.",
    "{S} denies the allegation and says that {V} and {T} are the problem.",
    "Warning letter handed to {S}; copy on the tenancy file, rent account {sum} in arrears.",
    "Diary sheets received from {V}, {some} incidents logged, recordings uploaded to the noise app.",
    "Universal credit claim of {S}, NI {N}, is in payment; affordability to be looked at.",
    "Support worker {T} phoned from {G} about {S} and asks for patience until {month}.",
    "Communal door at {L} wedged open again, rubbish bags and a mattress in the stairwell.",
    "Joint visit with {O} and the fire service booked for {day} at {hour}.",
    "{V} (born {D}) is on the transfer list on medical grounds, GP letter quotes {H}.",
    "CCTV shows a {car}, {W}, stopping for short visits; cuckooing of {T} suspected.",
    "Mediation offered to {V} and {S}; {V} agreed, {S} has not answered calls.",
    "Dog of {S} barks all day and fouls the shared garden, pest control informed.",
    'Anonymous note through the door said "we know where you live, {V}".',
    "Case {C} reviewed by the panel: risk lowered, next contact {day}.",
    "Neighbour {T} at {B} has moved out because of {S}, keys returned.",
)

EVERYTHING = (
    "{V} of {A}, {P}, dob {D}, tel {F}, {M}, NHS no {H}, vehicle {R}, ref {C}, officer {O}.",
    "Suspect {S}, born {E}, PNC {K}, NI {N}, is known to {V}.",
)
"""What a note tells that holds every identifier; the second only where there is a suspect."""
