"""_theorems_straight: theorems of lines, triangles, polygons and quadrilaterals."""

from typing import Final

from builders.scenes.figures.surds import root
from builders.tasks.geometry._algebra import Terms, terms
from builders.tasks.geometry._rule import Rule, angle, length

LINES: Final = "lines"
TRIANGLES: Final = "triangles"
POLYGONS: Final = "polygons"
QUADRILATERALS: Final = "quadrilaterals"


def _angles(*letters: str) -> Terms:
    total = terms(0)
    for one in letters:
        total = total + angle(one)
    return Terms(total.products[1:])


_OF_LINES: Final = (
    Rule("right angle", LINES, ("right ABC",), angle("ABC"), terms(90),
         "there is a right angle at {B}", reads=True),
    Rule("linear pair", LINES, ("flat ABCD",), _angles("ABD", "DBC"), terms(180),
         "{A}, {B} and {C} lie on a line, so the adjacent angles at {B} add up to 180°"),
    Rule("vertical angles", LINES, ("cross AXBCD",), angle("AXC"), angle("BXD"),
         "vertical angles are equal where {AB} and {CD} cross"),
    Rule("angle addition", LINES, ("inside ABCD",), angle("ABC"), _angles("ABD", "DBC"),
         "{BD} lies inside ∠{ABC}"),
    Rule("segment addition", LINES, ("between ABC",), length("AC"), length("AB") + length("BC"),
         "{B} lies between {A} and {C}"),
    Rule("angles around a point", LINES, ("star XABC",), _angles("AXB", "BXC", "CXA"), terms(360),
         "the angles around {X} add up to 360°"),
    Rule("alternate angles", LINES, ("alternate APQB",), angle("APQ"), angle("PQB"),
         "alternate angles between parallel lines are equal"),
    Rule("corresponding angles", LINES, ("corresponding RPAQB",), angle("RPA"), angle("PQB"),
         "corresponding angles on parallel lines are equal"),
    Rule("co-interior angles", LINES, ("cointerior APQB",), _angles("APQ", "PQB"), terms(180),
         "co-interior angles between parallel lines add up to 180°"),
    Rule("midpoint", LINES, ("midpoint MAB",), length("AB"), 2 * length("AM"),
         "{M} is the midpoint of {AB}"),
    Rule("equal segments", LINES, ("equal ABCD",), length("AB"), length("CD"),
         "{AB} and {CD} are given as equal", reads=True),
    Rule("equal angles", LINES, ("same angle ABCDEF",), angle("ABC"), angle("DEF"),
         "∠{ABC} and ∠{DEF} are given as equal",
         reads=True),
    Rule("angle bisector", LINES, ("bisector BDAC",), angle("ABC"), 2 * angle("ABD"),
         "{BD} bisects ∠{ABC}"),
)  # fmt: skip

_OF_TRIANGLES: Final = (
    Rule("angles of a triangle", TRIANGLES, ("corners ABC",), _angles("BAC", "ABC", "ACB"), terms(180),
         "the angles of triangle {ABC} add up to 180°"),
    Rule("exterior angle", TRIANGLES, ("triangle ABC", "between BCD"),
         angle("ACD"), _angles("BAC", "ABC"),
         "an exterior angle of triangle {ABC} is the sum of the two opposite interior angles"),
    Rule("base angles", TRIANGLES, ("isosceles ABC",), angle("ABC"), angle("ACB"),
         "in triangle {ABC} the sides {AB} and {AC} are equal, so the base angles are equal"),
    Rule("apex of an isosceles triangle", TRIANGLES, ("isosceles ABC",),
         angle("BAC"), terms(180) - 2 * angle("ABC"),
         "triangle {ABC} is isosceles with apex {A}"),
    Rule("sides opposite equal angles", TRIANGLES, ("apex ABC",), length("AB"), length("AC"),
         "in triangle {ABC} the angles at {B} and {C} are equal, so the sides opposite them are equal",
         ((angle("ABC"), angle("ACB")),)),
    Rule("equilateral triangle", TRIANGLES, ("isosceles ABC", "isosceles BAC"), angle("BAC"), terms(60),
         "the sides of triangle {ABC} are equal, so each angle is 60°"),
    Rule("midsegment", TRIANGLES, ("triangle ABC", "midpoint MAB", "midpoint NAC"),
         length("BC"), 2 * length("MN"),
         "{MN} joins the midpoints of two sides, so it is half as long as {BC}"),
    Rule("midsegment is parallel", TRIANGLES, ("triangle ABC", "midpoint MAB", "midpoint NAC"),
         angle("AMN"), angle("ABC"),
         "{MN} joins the midpoints of two sides, so it is parallel to {BC}"),
    Rule("altitude of an isosceles triangle", TRIANGLES, ("isosceles ABC", "between BDC"),
         length("BC"), 2 * length("BD"),
         "the altitude from the apex of an isosceles triangle bisects its base",
         ((angle("ADB"), 90),)),
    Rule("altitude halves the apex angle", TRIANGLES, ("isosceles ABC", "between BDC"),
         angle("BAC"), 2 * angle("BAD"),
         "the altitude from the apex of an isosceles triangle bisects the apex angle",
         ((angle("ADB"), 90),)),
    Rule("median of an isosceles triangle", TRIANGLES, ("isosceles ABC", "midpoint DBC"),
         angle("ADB"), terms(90),
         "the median from the apex of an isosceles triangle is perpendicular to its base"),
    Rule("centroid", TRIANGLES,
         ("triangle ABC", "midpoint MBC", "midpoint NAC", "between AGM", "between BGN"),
         length("AG"), 2 * length("GM"),
         "the medians of a triangle divide each other in the ratio 2 : 1"),
)  # fmt: skip

_OF_POLYGONS: Final = (
    Rule("angles of a quadrilateral", POLYGONS, ("quadrilateral ABCD",),
         _angles("DAB", "ABC", "BCD", "CDA"), terms(360),
         "the angles of quadrilateral {ABCD} add up to 360°"),
    Rule("regular pentagon", POLYGONS, ("regular ABCDE",), angle("ABC"), terms(540) / 5,
         "each angle of a regular pentagon is a fifth of 540°"),
    Rule("regular hexagon", POLYGONS, ("regular ABCDEF",), angle("ABC"), terms(720) / 6,
         "each angle of a regular hexagon is a sixth of 720°"),
    Rule("regular octagon", POLYGONS, ("regular ABCDEFGH",), angle("ABC"), terms(1080) / 8,
         "each angle of a regular octagon is an eighth of 1080°"),
    Rule("sides of a regular pentagon", POLYGONS, ("regular ABCDE",), length("AB"), length("BC"),
         "the sides of a regular pentagon are equal"),
    Rule("sides of a regular hexagon", POLYGONS, ("regular ABCDEF",), length("AB"), length("BC"),
         "the sides of a regular hexagon are equal"),
)  # fmt: skip

_OF_QUADRILATERALS: Final = (
    Rule("opposite sides of a parallelogram", QUADRILATERALS, ("parallelogram ABCD",),
         length("AB"), length("DC"), "opposite sides of {ABCD} are equal, as in every parallelogram"),
    Rule("opposite angles of a parallelogram", QUADRILATERALS, ("parallelogram ABCD",),
         angle("DAB"), angle("BCD"), "opposite angles of {ABCD} are equal, as in every parallelogram"),
    Rule("diagonals of a parallelogram", QUADRILATERALS,
         ("parallelogram ABCD", "between AXC", "between BXD"), length("AC"), 2 * length("AX"),
         "the diagonals of {ABCD} bisect each other, as in every parallelogram"),
    Rule("angles of a rectangle", QUADRILATERALS, ("rectangle ABCD",), angle("ABC"), terms(90),
         "the angles of {ABCD} are right angles"),
    Rule("diagonals of a rectangle", QUADRILATERALS, ("rectangle ABCD",), length("AC"), length("BD"),
         "{ABCD} has right angles, so its diagonals are equal"),
    Rule("half diagonals of a rectangle", QUADRILATERALS,
         ("rectangle ABCD", "between AXC", "between BXD"), angle("XAB"), angle("XBA"),
         "{ABCD} has right angles, so the halves of its diagonals are equal and triangle {ABX} is isosceles"),
    Rule("sides of a rhombus", QUADRILATERALS, ("rhombus ABCD",), length("AB"), length("BC"),
         "the four sides of {ABCD} are equal"),
    Rule("diagonal of a rhombus", QUADRILATERALS, ("rhombus ABCD",), angle("DAB"), 2 * angle("CAB"),
         "the sides of {ABCD} are equal, so its diagonal {AC} bisects the angle at {A}"),
    Rule("diagonals of a rhombus", QUADRILATERALS, ("rhombus ABCD", "between AXC", "between BXD"),
         angle("AXB"), terms(90), "the sides of {ABCD} are equal, so its diagonals are perpendicular"),
    Rule("diagonal of a square", QUADRILATERALS, ("square ABCD",), length("AC"), length("AB") * root(2),
         "the diagonal of a square is √2 times as long as its side"),
    Rule("angle of a square's diagonal", QUADRILATERALS, ("square ABCD",), angle("CAB"), terms(45),
         "the diagonal of a square bisects a right angle"),
    Rule("base angles of a trapezoid", QUADRILATERALS, ("isosceles trapezoid ABCD",),
         angle("DAB"), angle("ABC"), "the base angles of isosceles trapezoid {ABCD} are equal"),
    Rule("legs of a trapezoid", QUADRILATERALS, ("isosceles trapezoid ABCD",),
         length("AD"), length("BC"), "the legs of isosceles trapezoid {ABCD} are equal"),
    Rule("diagonals of a trapezoid", QUADRILATERALS, ("isosceles trapezoid ABCD",),
         length("AC"), length("BD"), "the diagonals of isosceles trapezoid {ABCD} are equal"),
    Rule("midsegment of a trapezoid", QUADRILATERALS,
         ("trapezoid ABCD", "midpoint MAD", "midpoint NBC"),
         length("MN"), (length("AB") + length("DC")) / 2,
         "the midsegment of a trapezoid is half the sum of the parallel sides"),
    Rule("heights between parallels", QUADRILATERALS, ("trapezoid ABCD", "between AEB"),
         length("DE"), length("BC"),
         "{DE} and {BC} are both perpendicular to the parallel sides, so they are equal",
         ((angle("DEA"), 90), (angle("ABC"), 90))),
    Rule("bases between heights", QUADRILATERALS, ("trapezoid ABCD", "between AEB"),
         length("EB"), length("DC"),
         "{DE} and {BC} are both perpendicular to the parallel sides, so {EBCD} is a rectangle",
         ((angle("DEA"), 90), (angle("ABC"), 90))),
    Rule("angles of a kite", QUADRILATERALS, ("kite ABCD",), angle("ABC"), angle("ADC"),
         "the angles between the unequal sides of a kite are equal"),
    Rule("sides of a kite", QUADRILATERALS, ("kite ABCD",), length("AB"), length("AD"),
         "{AB} and {AD} are adjacent equal sides of kite {ABCD}"),
    Rule("diagonals of a kite", QUADRILATERALS, ("kite ABCD", "between AXC", "between BXD"),
         angle("AXB"), terms(90), "the diagonals of a kite are perpendicular"),
    Rule("axis of a kite", QUADRILATERALS, ("kite ABCD",), angle("DAB"), 2 * angle("CAB"),
         "the axis of symmetry of a kite bisects the angles at its ends"),
)  # fmt: skip

STRAIGHT: Final = _OF_LINES + _OF_TRIANGLES + _OF_POLYGONS + _OF_QUADRILATERALS
