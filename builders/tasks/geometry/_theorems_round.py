"""_theorems_round: theorems of circles: their angles, tangents, chords and secants."""

from typing import Final

from builders.tasks.geometry._algebra import terms
from builders.tasks.geometry._rule import Rule, angle, arc, area, length, perimeter, radius

CIRCLE_ANGLES: Final = "circle angles"
TANGENTS: Final = "tangents"
CHORDS: Final = "chords"
SECANTS: Final = "secants"

_OF_CIRCLE_ANGLES: Final = (
    Rule("central angle", CIRCLE_ANGLES, ("central OAB",), angle("AOB"), arc("OAB"),
         "a central angle is equal to its arc"),
    Rule("inscribed angle", CIRCLE_ANGLES, ("inscribed OABC",), arc("OBC"), 2 * angle("BAC"),
         "an inscribed angle is half its arc"),
    Rule("inscribed and central angle", CIRCLE_ANGLES, ("inscribed OABC", "central OBC"),
         angle("BOC"), 2 * angle("BAC"),
         "the inscribed angle at {A} is half the central angle on {BC}"),
    Rule("inscribed angles over one arc", CIRCLE_ANGLES, ("inscribed OABC", "inscribed ODBC"),
         angle("BAC"), angle("BDC"), "inscribed angles on the same arc are equal"),
    Rule("Thales", CIRCLE_ANGLES, ("inscribed OABC", "diameter OBC"), angle("BAC"), terms(90),
         "{BC} is a diameter, so by Thales there is a right angle at {A}"),
    Rule("cyclic quadrilateral", CIRCLE_ANGLES, ("cyclic ABCD",), angle("DAB") + angle("BCD"), terms(180),
         "opposite angles of cyclic quadrilateral {ABCD} add up to 180°"),
    Rule("arc addition", CIRCLE_ANGLES, ("arcs OABC",), arc("OAC"), arc("OAB") + arc("OBC"),
         "adjacent arcs add up"),
    Rule("whole circle", CIRCLE_ANGLES, ("arc OAB",), arc("OAB") + arc("OBA"), terms(360),
         "the two arcs make up the whole circle, 360°"),
    Rule("half circle", CIRCLE_ANGLES, ("diameter OAB",), arc("OAB"), terms(180),
         "a diameter divides the circle into two equal arcs"),
    Rule("radii make an isosceles triangle", CIRCLE_ANGLES, ("radii OAB", "triangle OAB"),
         angle("OAB"), angle("OBA"),
         "{OA} and {OB} are radii, so triangle {OAB} has equal base angles"),
    Rule("apex between two radii", CIRCLE_ANGLES, ("radii OAB", "triangle OAB"),
         angle("AOB"), terms(180) - 2 * angle("OAB"),
         "{OA} and {OB} are radii, so triangle {OAB} is isosceles"),
)  # fmt: skip

_OF_TANGENTS: Final = (
    Rule("tangent and radius", TANGENTS, ("tangent PTO", "radius OT"), angle("PTO"), terms(90),
         "a tangent is perpendicular to the radius at its point of contact {T}"),
    Rule("two tangents", TANGENTS, ("two tangents PTSO",), length("PT"), length("PS"),
         "the two tangents from {P} are equal in length"),
    Rule("angle of two tangents", TANGENTS, ("two tangents PTSO", "radius OT", "radius OS"),
         angle("TPS") + angle("TOS"), terms(180),
         "with right angles at {T} and {S}, the angles at {P} and {O} add up to 180°"),
    Rule("line to the centre", TANGENTS, ("two tangents PTSO",), angle("TPS"), 2 * angle("TPO"),
         "the line to the centre bisects the angle between the two tangents"),
    Rule("angles at the line to the centre", TANGENTS, ("two tangents PTSO",), angle("TPO"), angle("OPS"),
         "the line to the centre bisects the angle between the two tangents"),
    Rule("base angles of two tangents", TANGENTS, ("two tangents PTSO", "triangle PTS"),
         angle("PTS"), angle("PST"),
         "the tangents from {P} are equal in length, so triangle {PTS} has equal base angles"),
    Rule("incircle of a right triangle", TANGENTS, ("incircle OABC",),
         2 * radius("O"), length("AC") + length("BC") - length("AB"),
         "the diameter of a right triangle's incircle is the sum of its legs minus the hypotenuse",
         ((angle("ACB"), 90),)),
    Rule("incircle and area", TANGENTS, ("incircle OABC",),
         2 * area("polygon", "ABC"), radius("O") * perimeter("polygon", "ABC"),
         "twice a triangle's area is its perimeter times the radius of its incircle"),
)  # fmt: skip

_OF_CHORDS: Final = (
    Rule("radius", CHORDS, ("radius OA",), radius("O"), length("OA"),
         "{OA} is a radius of circle {O}", reads=True),
    Rule("equal radii", CHORDS, ("radius OA", "radius OB"), length("OA"), length("OB"),
         "radii of one circle are equal"),
    Rule("diameter", CHORDS, ("diameter OAB",), length("AB"), 2 * radius("O"),
         "a diameter is twice the radius"),
    Rule("radius perpendicular to a chord", CHORDS, ("chord OAB", "between AMB"),
         length("AB"), 2 * length("AM"),
         "a line from the centre that is perpendicular to a chord bisects it",
         ((angle("OMA"), 90),)),
    Rule("halves of a chord", CHORDS, ("chord OAB", "between AMB"), length("AM"), length("MB"),
         "a line from the centre that is perpendicular to a chord bisects it",
         ((angle("OMA"), 90),)),
    Rule("middle of a chord", CHORDS, ("chord OAB", "midpoint MAB"), angle("OMA"), terms(90),
         "the line from the centre to the midpoint of a chord is perpendicular to it"),
)  # fmt: skip

_OF_SECANTS: Final = (
    Rule("crossing chords", SECANTS, ("crossing chords OXABCD",),
         length("AX") * length("XC"), length("BX") * length("XD"),
         "the parts of crossing chords have equal products"),
    Rule("two secants", SECANTS, ("secants OPABCD",),
         length("PA") * length("PD"), length("PB") * length("PC"),
         "for secants from one point, the outer part times the whole is the same"),
    Rule("tangent and secant", SECANTS, ("tangent secant OPTAB",),
         length("PT") ** 2, length("PA") * length("PB"),
         "the square of a tangent is the outer part of a secant times the whole"),
    Rule("tangent and chord", SECANTS, ("tangent chord OTEFGA",), arc("OFG"), 2 * angle("ETA"),
         "the angle between a tangent and a chord is half the arc that it cuts off"),
    Rule("angle of crossing chords", SECANTS, ("crossing chords OXABCD",),
         angle("AXB"), (arc("OAB") + arc("OCD")) / 2,
         "the angle between crossing chords is half the sum of the arcs that it and its vertical angle cut off"),
    Rule("angle of two secants", SECANTS, ("secants OPABCD",),
         angle("APB"), (arc("OCD") - arc("OAB")) / 2,
         "the angle between two secants is half the difference of the arcs that they cut off"),
)  # fmt: skip

ROUND: Final = _OF_CIRCLE_ANGLES + _OF_TANGENTS + _OF_CHORDS + _OF_SECANTS
