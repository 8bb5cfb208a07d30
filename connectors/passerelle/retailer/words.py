"""Words of the house: what a fashion catalogue says in fr-FR, nl-BE, pl-PL and sl-SI.

The ERP writes French and Dutch in ISO-8859-1 and Polish and Slovene in ISO-8859-2. Neither knows œ, € or
the typographic apostrophe, and ISO-8859-2 lacks è, ê, à, ï: no word that travels to Poland and Slovenia
unchanged (given names of styles) carries them.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "CARES",
    "DETAILS",
    "FITS",
    "GIVEN_NAMES",
    "MATERIALS",
    "NEWCOMERS",
    "NEWS_SUFFIX",
    "TREE",
    "Goods",
    "Wording",
    "parse_goods",
]


class Wording(NamedTuple):
    """One text in the four languages of the house."""

    fr: str
    nl: str
    pl: str
    sl: str


class Goods(NamedTuple):
    """A kind of article (a leaf of the tree): its noun, size scale, weight and price range, and fabrics.

    `grams` and `points` are inclusive ranges; a point is an index into the euro price points.
    """

    noun: Wording
    scale: str
    grams: tuple[int, int]
    points: tuple[int, int]
    fabric: str


def _wording(text: str) -> Wording:
    fr, nl, pl, sl = (part.strip() for part in text.split("|"))
    return Wording(fr, nl, pl, sl)


def parse_goods(line: str) -> tuple[Wording, Goods | None]:
    """Read one line of the tree: label, and for a leaf `= noun = scale grams points fabric`."""
    label, *leaf = line.split("=")
    if not leaf:
        return _wording(label), None
    noun, facts = leaf
    scale, grams, points, fabric = facts.split()
    return _wording(label), Goods(_wording(noun), scale, _span(grams), _span(points), fabric)


def _span(text: str) -> tuple[int, int]:
    low, high = text.split("-")
    return int(low), int(high)


# Two blanks a level. Leaves: label = noun in the singular = size scale, grams, price points, fabrics.
TREE = """
Femme | Dames | Kobieta | Ženske
  Robes | Jurken | Sukienki | Obleke
    Robes longues | Lange jurken | Sukienki długie | Dolge obleke
      = Robe longue | Lange jurk | Sukienka długa | Dolga obleka = women 350-620 14-24 fluid
    Robes courtes | Korte jurken | Sukienki krótkie | Kratke obleke
      = Robe courte | Korte jurk | Sukienka krótka | Kratka obleka = women 250-420 10-20 fluid
    Robes de soirée | Avondjurken | Sukienki wieczorowe | Večerne obleke
      = Robe de soirée | Avondjurk | Sukienka wieczorowa | Večerna obleka = women 400-800 20-29 fluid
  Manteaux et vestes | Mantels en jassen | Płaszcze i żakiety | Plašči in jakne
    Manteaux femme | Damesmantels | Płaszcze damskie | Ženski plašči
      = Manteau | Mantel | Płaszcz | Plašč = women 900-1900 20-30 warm
    Trenchs | Trenchcoats | Trencze | Trenčkoti
      = Trench | Trenchcoat | Trencz | Trenčkot = letters 800-1300 19-27 cotton
    Vestes | Blazers | Żakiety | Suknjiči
      = Veste | Blazer | Żakiet | Suknjič = women 500-950 15-24 warm
  Chemisiers et blouses | Hemdblouses en tunieken | Koszule i bluzki | Srajce in bluze
    Chemisiers | Hemdblouses | Koszule damskie | Ženske srajce
      = Chemisier | Hemdblouse | Koszula | Srajca = women 150-280 7-15 cotton
    Blouses | Blouses | Bluzki | Bluze
      = Blouse | Blouse | Bluzka | Bluza = letters 140-260 7-16 fluid
  Mailles | Breigoed | Dzianiny | Pletenine
    Pulls femme | Damestruien | Swetry damskie | Ženski puloverji
      = Pull | Trui | Sweter | Pulover = letters 280-650 8-20 knit
    Cardigans femme | Damesvesten | Kardigany damskie | Ženske jopice
      = Cardigan | Vest | Kardigan | Jopica = letters 300-700 9-21 knit
    Gilets sans manches | Mouwloze vestjes | Kamizelki | Brezrokavniki
      = Gilet | Mouwloos vestje | Kamizelka | Brezrokavnik = letters 250-500 8-17 knit
  Pantalons | Broeken | Spodnie | Hlače
    Pantalons droits | Rechte broeken | Spodnie proste | Ravne hlače
      = Pantalon droit | Rechte broek | Spodnie proste | Ravne hlače = women 350-600 9-18 warm
    Jeans femme | Damesjeans | Dżinsy damskie | Ženske kavbojke
      = Jean | Jeans | Dżinsy | Kavbojke = women 500-800 8-16 denim
  Jupes | Rokken | Spódnice | Krila
    Jupes plissées | Plissérokken | Spódnice plisowane | Plisirana krila
      = Jupe plissée | Plissérok | Spódnica plisowana | Plisirano krilo = women 250-500 8-17 fluid
    Jupes crayon | Kokerrokken | Spódnice ołówkowe | Ozka krila
      = Jupe crayon | Kokerrok | Spódnica ołówkowa | Ozko krilo = women 250-450 7-16 warm
Homme | Heren | Mężczyzna | Moški
  Manteaux et blousons | Mantels en blousons | Płaszcze i kurtki | Plašči in jakne
    Manteaux homme | Herenmantels | Płaszcze męskie | Moški plašči
      = Manteau | Mantel | Płaszcz | Plašč = men 1200-2300 21-30 warm
    Blousons | Blousons | Kurtki | Jakne
      = Blouson | Blouson | Kurtka | Jakna = mletters 700-1500 17-29 leather
  Costumes | Kostuums | Garnitury | Moške obleke
    Vestes de costume | Colberts | Marynarki | Moški suknjiči
      = Veste de costume | Colbert | Marynarka | Suknjič = men 650-1100 18-27 warm
    Pantalons de costume | Pantalons | Spodnie garniturowe | Elegantne hlače
      = Pantalon de costume | Pantalon | Spodnie garniturowe | Elegantne hlače = men 400-650 11-19 warm
  Chemises | Overhemden | Koszule męskie | Moške srajce
    Chemises habillées | Geklede overhemden | Koszule wizytowe | Svečane srajce
      = Chemise habillée | Gekleed hemd | Koszula wizytowa | Svečana srajca = mletters 200-320 7-15 cotton
    Chemises de loisir | Vrijetijdshemden | Koszule codzienne | Vsakdanje srajce
      = Chemise loisir | Vrijetijdshemd | Koszula codzienna | Vsakdanja srajca = mletters 220-380 6-14 cotton
  Mailles homme | Breigoed voor heren | Dzianiny męskie | Moške pletenine
    Pulls homme | Herentruien | Swetry męskie | Moški puloverji
      = Pull | Trui | Sweter | Pulover = mletters 350-800 9-21 knit
    Cardigans homme | Herenvesten | Kardigany męskie | Moške jopice
      = Cardigan | Vest | Kardigan | Jopica = mletters 400-850 10-22 knit
  Pantalons homme | Herenbroeken | Spodnie męskie | Moške hlače
    Chinos | Chino's | Chinosy | Chino hlače
      = Chino | Chino | Chinosy | Chino hlače = men 400-600 7-14 cotton
    Jeans homme | Herenjeans | Dżinsy męskie | Moške kavbojke
      = Jean | Jeans | Dżinsy | Kavbojke = men 600-900 8-16 denim
Enfant | Kinderen | Dziecko | Otroci
  Fille | Meisjes | Dziewczynka | Deklice
    Robes fille | Meisjesjurken | Sukienki dziewczęce | Dekliške obleke
      = Robe fille | Meisjesjurk | Sukienka dziewczęca | Dekliška obleka = kids 150-300 4-11 cotton
    Jupes fille | Meisjesrokken | Spódniczki | Dekliška krila
      = Jupe fille | Meisjesrok | Spódniczka | Dekliško krilo = kids 120-240 3-9 cotton
    Pulls fille | Meisjestruien | Sweterki dziewczęce | Dekliški puloverji
      = Pull fille | Meisjestrui | Sweterek | Dekliški pulover = kids 180-340 4-11 knit
  Garçon | Jongens | Chłopiec | Dečki
    Pantalons garçon | Jongensbroeken | Spodnie chłopięce | Deške hlače
      = Pantalon garçon | Jongensbroek | Spodnie chłopięce | Deške hlače = kids 200-380 4-10 denim
    Chemises garçon | Jongenshemden | Koszule chłopięce | Deške srajce
      = Chemise garçon | Jongenshemd | Koszula chłopięca | Deška srajca = kids 130-220 3-9 cotton
    Pulls garçon | Jongenstruien | Swetry chłopięce | Deški puloverji
      = Pull garçon | Jongenstrui | Sweter chłopięcy | Deški pulover = kids 190-360 4-11 knit
  Bébé | Baby | Niemowlę | Dojenčki
    Bodies | Rompertjes | Body niemowlęce | Bodiji
      = Body | Rompertje | Body | Bodi = baby 60-120 1-6 baby
    Combinaisons | Kruippakjes | Pajacyki | Pajacki
      = Combinaison | Kruippakje | Pajacyk | Pajacek = baby 150-300 3-9 baby
Accessoires | Accessoires | Akcesoria | Dodatki
  Écharpes et étoles | Sjaals en stola's | Szaliki i szale | Šali in rute
    Écharpes | Sjaals | Szaliki | Šali
      = Écharpe | Sjaal | Szalik | Šal = one 120-320 5-16 knit
    Étoles | Stola's | Szale | Štole
      = Étole | Stola | Szal | Štola = one 150-350 8-20 fluid
  Maroquinerie | Lederwaren | Galanteria skórzana | Usnjena galanterija
    Sacs | Tassen | Torebki | Torbice
      = Sac | Tas | Torebka | Torbica = one 500-1200 14-28 leather
    Ceintures | Riemen | Paski | Pasovi
      = Ceinture | Riem | Pasek | Pas = belts 150-300 5-12 leather
    Portefeuilles | Portefeuilles | Portfele | Denarnice
      = Portefeuille | Portefeuille | Portfel | Denarnica = one 90-220 6-14 leather
  Chapeaux et bonnets | Hoeden en mutsen | Kapelusze i czapki | Klobuki in kape
    Bonnets | Mutsen | Czapki | Kape
      = Bonnet | Muts | Czapka | Kapa = one 60-140 3-9 knit
    Chapeaux | Hoeden | Kapelusze | Klobuki
      = Chapeau | Hoed | Kapelusz | Klobuk = hats 90-200 6-14 warm
  Chaussures | Schoenen | Buty | Čevlji
    Bottines | Enkellaarsjes | Botki | Gležnarji
      = Bottine | Enkellaarsje | Botki | Gležnar = shoes 600-1200 14-23 leather
    Mocassins | Mocassins | Mokasyny | Mokasini
      = Mocassin | Mocassin | Mokasyny | Mokasin = shoes 500-900 11-20 leather
    Escarpins | Pumps | Czółenka | Salonarji
      = Escarpin | Pump | Czółenka | Salonar = shoes 400-700 11-21 leather
""".replace("\n      =", " =")

NEWCOMERS: tuple[tuple[str, str], ...] = (
    (
        "Manteaux et vestes",
        "Capes | Capes | Peleryny | Pelerine = Cape | Cape | Peleryna | Pelerina = one 700-1200 17-26 warm",
    ),
    (
        "Chaussures",
        "Derbies | Derby | Półbuty | Derbiji = Derby | Derby | Półbut | Derby = shoes 600-999 12-22 leather",
    ),
    (
        "Jupes",
        "Kilts | Kilts | Kilty | Kilti = Kilt | Kilt | Kilt | Kilt = women 300-520 9-18 warm",
    ),
)
"""Leaves that open on the second, third and fourth day, under the branch of that French name."""

NEWS_SUFFIX = Wording(" (nouveautés)", " (vernieuwd)", " (nowości)", " (novosti)")
"""What the house adds to a category label when it is renewed, and drops the next time."""

GIVEN_NAMES = (
    "Éléonore", "Chloé", "Zoé", "Noémie", "Céleste", "Joséphine", "Clémence", "Léonie", "Margaux",
    "Apolline", "Hortense", "Aurélie", "Édith", "Rémi", "Barnabé", "Côme", "François", "Théodore",
    "Ursule", "Sidonie", "Valéry", "Désiré", "Honoré", "Amélie", "Ondine", "Églantine", "Mélisande",
    "Séverin", "Célestin", "Octave", "Irénée", "Blanche", "Capucine", "Maëlle", "Bérénice", "Théa",
    "Garance", "Félicie", "Léandre", "Anatole",
)  # fmt: skip

# fr and nl as they follow "en" and "in", pl and sl in the genitive, as they follow "z" and "iz".
MATERIALS: dict[str, tuple[Wording, ...]] = {
    "fluid": (
        Wording("soie", "zijde", "jedwabiu", "svile"),
        Wording("crêpe de viscose", "viscosecrêpe", "krepy wiskozowej", "viskoznega krepa"),
        Wording("satin mêlé", "gemengd satijn", "mieszanki satynowej", "mešanega satena"),
        Wording("lin lavé", "gewassen linnen", "lnu zmiękczanego", "mehčanega lana"),
    ),
    "warm": (
        Wording("laine vierge", "scheerwol", "żywej wełny", "runske volne"),
        Wording("flanelle", "flanel", "flaneli", "flanele"),
        Wording("laine et cachemire", "wol en kasjmier", "wełny i kaszmiru", "volne in kašmirja"),
        Wording("tweed chiné", "gemêleerde tweed", "melanżowego tweedu", "melanžnega tvida"),
    ),
    "knit": (
        Wording("laine mérinos", "merinowol", "wełny merynosów", "merino volne"),
        Wording("cachemire", "kasjmier", "kaszmiru", "kašmirja"),
        Wording("alpaga", "alpaca", "wełny alpaki", "volne alpake"),
        Wording("coton côtelé", "geribd katoen", "bawełny prążkowanej", "rebrastega bombaža"),
    ),
    "cotton": (
        Wording("coton biologique", "biologisch katoen", "bawełny ekologicznej", "ekološkega bombaža"),
        Wording("popeline", "popeline", "popeliny", "popelina"),
        Wording("gabardine serrée", "dichte gabardine", "gęstej gabardyny", "goste gabardene"),
        Wording("velours côtelé", "ribfluweel", "sztruksu", "rebrastega žameta"),
    ),
    "denim": (
        Wording("denim brut", "ruw denim", "surowego dżinsu", "surovega džinsa"),
        Wording("denim délavé", "verwassen denim", "spranego dżinsu", "spranega džinsa"),
    ),
    "leather": (
        Wording("cuir d'agneau", "lamsleer", "skóry jagnięcej", "jagnječjega usnja"),
        Wording("cuir grainé", "generfd leer", "skóry groszkowanej", "zrnatega usnja"),
        Wording("daim", "suède", "zamszu", "semiša"),
    ),
    "baby": (
        Wording("jersey léger", "licht jersey", "lekkiego dżerseju", "lahkega džersija"),
        Wording("velours doux", "zacht fluweel", "miękkiego weluru", "mehkega žameta"),
        Wording("coton biologique", "biologisch katoen", "bawełny ekologicznej", "ekološkega bombaža"),
    ),
}  # fmt: skip

FITS = (
    Wording("Coupe ajustée.", "Getailleerde snit.", "Dopasowany krój.", "Oprijet kroj."),
    Wording("Coupe droite et légère.", "Rechte, lichte snit.", "Prosty, lekki krój.", "Raven, lahek kroj."),
    Wording("Volume ample.", "Ruim volume.", "Obszerny fason.", "Širok kroj."),
    Wording("Ligne évasée.", "Uitlopende lijn.", "Rozszerzana linia.", "Razširjena linija."),
    Wording(
        "Forme près du corps.", "Nauwsluitend model.",
        "Model przylegający do ciała.", "Ob telesu krojen model.",
    ),
    Wording("Silhouette décontractée.", "Ongedwongen silhouet.", "Swobodna sylwetka.", "Sproščena silhueta."),
)  # fmt: skip

DETAILS = (
    Wording(
        "Finitions cousues à la main.", "Met de hand afgewerkte naden.",
        "Ręcznie szyte wykończenia.", "Ročno šivani zaključki.",
    ),
    Wording(
        "Doublure intégrale très douce.", "Volledig gevoerd, heel zacht.",
        "Pełna, miękka podszewka.", "Celotna, zelo mehka podloga.",
    ),
    Wording(
        "Boutons en nacre véritable.", "Knopen van écht parelmoer.",
        "Guziki z prawdziwej masy perłowej.", "Gumbi iz prave biserovine.",
    ),
    Wording(
        "Deux poches plaquées & une poche intérieure.", "Twee opgestikte zakken & één binnenzak.",
        "Dwie kieszenie naszywane & jedna wewnętrzna.", "Dva našita žepa & en notranji žep.",
    ),
    Wording(
        "Broderie dentelle, inspirée des archives.", "Geborduurde kant, geïnspireerd op het archief.",
        "Haftowana koronka, inspirowana archiwum.", "Vezena čipka po navdihu iz arhiva.",
    ),
    Wording(
        "Surpiqûres contrastées en relief.", "Contrasterende stiksels in reliëf.",
        "Kontrastowe, wypukłe przeszycia.", "Kontrastni reliefni šivi.",
    ),
    Wording(
        "Fermeture éclair dissimulée.", "Blinde ritssluiting.",
        "Kryty zamek błyskawiczny.", "Skrita zadrga.",
    ),
)  # fmt: skip

CARES = (
    Wording(
        "Lavage délicat à 30 °C.", "Fijnwas op 30 °C.",
        "Pranie delikatne w 30 °C.", "Nežno pranje pri 30 °C.",
    ),
    Wording(
        "Nettoyage à sec conseillé.", "Droogkuis aanbevolen.",
        "Zalecane czyszczenie na sucho.", "Priporočamo kemično čiščenje.",
    ),
    Wording(
        "Séchage à plat, à l'ombre.", "Plat drogen, in de schaduw.",
        "Suszyć na płasko, w cieniu.", "Sušiti ležeče, v senci.",
    ),
)  # fmt: skip
