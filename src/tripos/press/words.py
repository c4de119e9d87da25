"""The press's own words in the languages that it speaks; any other paper is printed with English ones."""

from __future__ import annotations

from collections.abc import Mapping

from ..paper.report import PUBLISHED, Report

FRENCH: Mapping[str, str] = {
    "point": "point",
    "points": "points",
    "minutes": "minutes",
    "version": "version",
    "question": "question",
    "reached": "obtenus",
    "total": "total",
    "optional": "facultatif",
    " and ": " et ",
    "for {}": "pour {}",
    "for {} only": "pour {} seulement",
    "the best {} of {} count": "les {} meilleures sur {} comptent",
    "A wrong answer costs {}.": "Une réponse fausse coûte {}.",
    "Each wrong option costs {}.": "Chaque option fausse coûte {}.",
    "{}: worked solution": "{} : corrigé",
    "Name": "Nom",
    "Number": "Numéro",
    "Stream": "Parcours",
    "Allowed aids": "Documents et matériel autorisés",
    "Question": "Question",
    "Points": "Points",
    "Reached": "Obtenus",
    "Total": "Total",
    "Model answer": "Réponse type",
    "Figure": "Figure",
    "Erratum": "Erratum",
    "Note on the source": "Remarque sur l'original",
    PUBLISHED: "Le corrigé publié donne {} = {} ; le graphe donne {}.",
    "{}:": "{} :",
    "{}: {}": "{} : {}",
    "To be shown by {}.": "À montrer par {}.",
    "Proven": "Prouvé",
    "Not proven": "Non prouvé",
    "exact and floating-point values agree": "la valeur exacte et la valeur en virgule flottante concordent",
    "exact and floating-point values agree at random points": (
        "les valeurs exactes et en virgule flottante concordent en des points tirés au hasard"
    ),
    "shapes derived by rule agree with those of real arrays": (
        "les dimensions calculées par les règles sont celles de vrais tableaux"
    ),
    "gradient agrees with finite differences": "le gradient concorde avec les différences finies",
    "every option computed": "chaque option a été calculée",
    "the setter vouches for the ticks": "l'auteur répond des cases cochées",
    "Biases count as parameters.": "Les biais comptent parmi les paramètres.",
    "Biases are not counted.": "Les biais ne sont pas comptés.",
    "Convolution means cross-correlation: the kernel is not flipped.": (
        "Par convolution on entend la corrélation croisée : le noyau n'est pas retourné."
    ),
    "Convolution flips the kernel.": "La convolution retourne le noyau.",
    "Logarithms are natural.": "Les logarithmes sont naturels.",
    "Logarithms are to base 2.": "Les logarithmes sont en base 2.",
    "The hard threshold is 1 at 0.": "Le seuil vaut 1 en 0.",
    "The hard threshold is 0 at 0.": "Le seuil vaut 0 en 0.",
    "A score of 0 counts as a mistake.": "Un score de 0 compte comme une erreur.",
    "A score of 0 is no mistake.": "Un score de 0 n'est pas une erreur.",
    "Momentum gathers gradients: v ← μv + g, then w ← w − ηv.": (
        "L'inertie cumule les gradients : v ← μv + g, puis w ← w − ηv."
    ),
    "Momentum gathers steps: v ← μv − ηg, then w ← w + v.": (
        "L'inertie cumule les pas : v ← μv − ηg, puis w ← w + v."
    ),
    "Momentum averages gradients: v ← μv + (1 − μ)g, then w ← w − ηv.": (
        "L'inertie moyenne les gradients : v ← μv + (1 − μ)g, puis w ← w − ηv."
    ),
    "The rate of dropout is the probability that a unit is dropped.": (
        "Le taux de dropout est la probabilité qu'une unité soit supprimée."
    ),
    "The rate of dropout is the probability that a unit is kept.": (
        "Le taux de dropout est la probabilité qu'une unité soit gardée."
    ),
    "Dropout divides by the keep rate in training and changes nothing in testing.": (
        "Le dropout divise par la probabilité de garder à l'apprentissage et ne change rien au test."
    ),
    "Dropout does not scale in training and multiplies by the keep rate in testing.": (
        "Le dropout ne corrige rien à l'apprentissage et multiplie par la probabilité de garder au test."
    ),
    "Squared errors are not halved.": "Les erreurs quadratiques n'ont pas de facteur ½.",
    "Squared errors carry a factor ½.": "Les erreurs quadratiques portent un facteur ½.",
    "Squared errors are averaged over the entries.": (
        "Les erreurs quadratiques sont moyennées sur les composantes."
    ),
    "Squared errors are summed over the entries.": (
        "Les erreurs quadratiques sont sommées sur les composantes."
    ),
}

WORDS: Mapping[str, Mapping[str, str]] = {"fr": FRENCH}
"""Translations by language, each keyed by the English words; ``{}`` stands for what is filled in."""


def say(words: str, language: str, *filled: object) -> str:
    """Return words of the press in a language, filled in; in English where they have no translation."""
    found = WORDS.get(language, {}).get(words, words)
    return found.format(*filled) if filled else found


def language_of(report: Report) -> str:
    """Return the language in which a report is printed."""
    return str(report.meta.get("language", "en"))
