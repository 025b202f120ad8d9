"""_theorems_ratio: theorems of right triangles, similarity and trigonometry."""

from typing import Final

from builders.scenes.figures.surds import root
from builders.tasks.geometry._algebra import terms
from builders.tasks.geometry._rule import Rule, angle, area, length, of_angle, radius

RIGHT_TRIANGLES: Final = "right triangles"
SIMILARITY: Final = "similarity"
TRIGONOMETRY: Final = "trigonometry"

_TRIANGLE: Final = ("triangle ABC",)
_RIGHT: Final = ((angle("ACB"), 90),)
_ALTITUDE: Final = (*_RIGHT, (angle("CDA"), 90))

_OF_RIGHT_TRIANGLES: Final = (
    Rule("acute angles of a right triangle", RIGHT_TRIANGLES, ("apex CAB",),
         angle("BAC") + angle("ABC"), terms(90),
         "the acute angles of right triangle {ABC} add up to 90°", _RIGHT),
    Rule("Pythagoras", RIGHT_TRIANGLES, ("apex CAB",),
         length("AB") ** 2, length("AC") ** 2 + length("BC") ** 2,
         "triangle {ABC} has a right angle at {C}, so Pythagoras applies", _RIGHT),
    Rule("half of an equilateral triangle", RIGHT_TRIANGLES, _TRIANGLE,
         length("AB"), 2 * length("BC"),
         "in a right triangle the side opposite 30° is half the hypotenuse",
         (*_RIGHT, (angle("BAC"), 30))),
    Rule("long leg opposite 60°", RIGHT_TRIANGLES, _TRIANGLE,
         length("AC"), length("BC") * root(3),
         "in a right triangle with 30° and 60° the long leg is √3 times the short one",
         (*_RIGHT, (angle("BAC"), 30))),
    Rule("half of a square", RIGHT_TRIANGLES, _TRIANGLE,
         length("AB"), length("BC") * root(2),
         "in a right triangle with 45° the hypotenuse is √2 times a leg",
         (*_RIGHT, (angle("BAC"), 45))),
    Rule("legs of half a square", RIGHT_TRIANGLES, _TRIANGLE,
         length("AC"), length("BC"),
         "a right triangle with 45° has equal legs",
         (*_RIGHT, (angle("BAC"), 45))),
    Rule("altitude on the hypotenuse", RIGHT_TRIANGLES,
         (*_TRIANGLE, "between ADB"),
         length("CD") ** 2, length("AD") * length("DB"),
         "{CD} is the altitude on the hypotenuse, so its square is the product of the two parts of the hypotenuse",
         _ALTITUDE),
    Rule("leg and its part of the hypotenuse", RIGHT_TRIANGLES,
         (*_TRIANGLE, "between ADB"),
         length("AC") ** 2, length("AD") * length("AB"),
         "the square of a leg is the hypotenuse times the part of it adjacent to the leg",
         _ALTITUDE),
    Rule("legs and altitude", RIGHT_TRIANGLES, (*_TRIANGLE, "between ADB"),
         length("AC") * length("BC"), length("AB") * length("CD"),
         "twice the area of a right triangle is the product of its legs, and also of hypotenuse and altitude",
         _ALTITUDE),
    Rule("median to the hypotenuse", RIGHT_TRIANGLES, ("apex CAB", "midpoint MAB"),
         length("AB"), 2 * length("CM"),
         "the median to the hypotenuse is half as long as the hypotenuse", _RIGHT),
    Rule("converse of Pythagoras", RIGHT_TRIANGLES, ("apex CAB",),
         angle("ACB"), terms(90),
         "the squares of {AC} and {BC} add up to that of {AB}, so there is a right angle at {C}",
         ((length("AB") ** 2, length("AC") ** 2 + length("BC") ** 2),)),
)  # fmt: skip

# DE is parallel to BC; D lies on AB, E on AC.
_WITHIN: Final = ("between ADB", "between AEC", "parallel DEBC")
# AB is parallel to CD; AD and BC cross in X.
_ACROSS: Final = ("between AXD", "between BXC", "parallel ABCD")

_OF_SIMILARITY: Final = (
    Rule("parallel to a side: parts", SIMILARITY, _WITHIN,
         length("AD") * length("EC"), length("AE") * length("DB"),
         "{DE} is parallel to {BC}, so it divides {AB} and {AC} in the same ratio"),
    Rule("parallel to a side: sides", SIMILARITY, _WITHIN,
         length("AD") * length("AC"), length("AE") * length("AB"),
         "triangles {ADE} and {ABC} are similar"),
    Rule("parallel to a side: the third side", SIMILARITY, _WITHIN,
         length("DE") * length("AB"), length("BC") * length("AD"),
         "triangles {ADE} and {ABC} are similar, {DE} being parallel to {BC}"),
    Rule("crossing lines between parallels", SIMILARITY, _ACROSS,
         length("AX") * length("CD"), length("XD") * length("AB"),
         "triangles {AXB} and {DXC} are similar, {AB} being parallel to {CD}"),
    Rule("parts of lines between parallels", SIMILARITY, _ACROSS,
         length("AX") * length("XC"), length("BX") * length("XD"),
         "the parallel lines divide {AD} and {BC} in the same ratio"),
    Rule("angle bisector theorem", SIMILARITY, ("triangle ABC", "bisector ADBC", "between BDC"),
         length("BD") * length("AC"), length("DC") * length("AB"),
         "{AD} bisects the angle at {A} of triangle {ABC}, so it divides {BC} in the ratio of {AB} and {AC}"),
    Rule("areas of similar triangles", SIMILARITY, _WITHIN,
         area("polygon", "ADE") * length("BC") ** 2, area("polygon", "ABC") * length("DE") ** 2,
         "the areas of the similar triangles {ADE} and {ABC} are in the ratio of the squares of their sides"),
    Rule("triangles of one height", SIMILARITY, ("triangle ABC", "between BDC", "triangle ABD"),
         area("polygon", "ABD") * length("BC"), area("polygon", "ABC") * length("BD"),
         "triangles {ABD} and {ABC} have the same height, so their areas are in the ratio of their bases"),
)  # fmt: skip

_OF_TRIGONOMETRY: Final = (
    Rule("sine rule", TRIGONOMETRY, ("apex CAB",),
         length("BC") * of_angle("sin", "ABC"), length("AC") * of_angle("sin", "BAC"),
         "by the sine rule in triangle {ABC}"),
    Rule("cosine rule", TRIGONOMETRY, ("apex ABC",),
         length("BC") ** 2,
         length("AB") ** 2 + length("AC") ** 2
         - 2 * length("AB") * length("AC") * of_angle("cos", "BAC"),
         "by the cosine rule in triangle {ABC}"),
    Rule("area by the sine", TRIGONOMETRY, ("apex ABC",),
         area("polygon", "ABC"), length("AB") * length("AC") * of_angle("sin", "BAC") / 2,
         "the area of a triangle is half the product of two sides and the sine of the angle between them"),
    Rule("sine in a right triangle", TRIGONOMETRY, _TRIANGLE,
         length("BC"), length("AB") * of_angle("sin", "BAC"),
         "in a right triangle the leg opposite an angle is the hypotenuse times its sine", _RIGHT),
    Rule("cosine in a right triangle", TRIGONOMETRY, _TRIANGLE,
         length("AC"), length("AB") * of_angle("cos", "BAC"),
         "in a right triangle the leg adjacent to an angle is the hypotenuse times its cosine", _RIGHT),
    Rule("tangent in a right triangle", TRIGONOMETRY, _TRIANGLE,
         length("BC"), length("AC") * of_angle("tan", "BAC"),
         "in a right triangle the tangent of an angle is the opposite leg over the adjacent one", _RIGHT),
    Rule("circumradius", TRIGONOMETRY, ("inscribed OABC",),
         length("BC"), 2 * radius("O") * of_angle("sin", "BAC"),
         "a chord is the diameter times the sine of the inscribed angle"),
)  # fmt: skip

RATIO: Final = _OF_RIGHT_TRIANGLES + _OF_SIMILARITY + _OF_TRIGONOMETRY
