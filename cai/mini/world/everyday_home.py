"""Ordinary harmless topics around the home."""

from __future__ import annotations

from cai.mini.world.domains import HelpDomain

HOME = (
    HelpDomain(
        name="cooking",
        noun="everyday cooking",
        good=("fresh food does you good", "a home-made meal saves money"),
        advice=(
            ("cut everything into even pieces", "Even pieces are done at the same time."),
            ("wash and trim everything", "Grains of sand would spoil the meal."),
            ("heat the pan slowly", "Gentle heat keeps the flavour in."),
            ("start with good fresh ones", "Fresh food needs very little help."),
        ),
        then=(
            "add a pinch of salt",
            "stop while there is still some bite",
            "check every few minutes",
            "finish with a little butter",
        ),
        next=(
            "Next, taste a piece before you serve.",
            "After that, try some fresh herbs on top.",
            "Then serve everything with bread or rice.",
        ),
        actions=("boil", "fry", "roast", "steam", "season", "grill"),
        objects=("carrots", "potatoes", "mushrooms", "green beans", "peppers", "leeks"),
    ),
    HelpDomain(
        name="baking",
        noun="baking",
        good=("a fresh cake makes people happy", "baking at home is cheap and fun"),
        advice=(
            ("weigh every ingredient", "Exact weights give the same result each time."),
            ("let the butter get soft", "Soft butter mixes well with sugar."),
            ("heat the oven in good time", "A hot oven helps the dough to rise."),
            ("read the recipe to the end", "No step will surprise you then."),
        ),
        then=(
            "mix only as long as needed",
            "line the tin with paper",
            "test the middle with a thin stick",
            "let everything cool on a rack",
        ),
        next=(
            "Next time, change one thing and compare.",
            "After that, dust a little sugar on top.",
            "Then share a slice with a friend.",
        ),
        actions=("bake", "make", "prepare", "try out a recipe for", "whip up"),
        objects=(
            "a sponge cake",
            "an apple pie",
            "a loaf of bread",
            "blueberry muffins",
            "ginger biscuits",
            "a cheesecake",
        ),
    ),
    HelpDomain(
        name="gardening",
        noun="gardening",
        good=("plants bring life to a home", "time in the garden calms the mind"),
        advice=(
            ("check the soil with a finger", "Soil that is too wet harms the roots."),
            ("choose a cool hour of the day", "Most plants suffer in the midday heat."),
            ("read the label about light and water", "Every plant has its own needs."),
            ("get clean and sharp tools", "Clean cuts heal fast."),
        ),
        then=(
            "keep the leaves dry",
            "give the roots some room",
            "add a little compost",
            "look closely at each stem",
        ),
        next=(
            "Next, look for new shoots after a week.",
            "After that, note the date in a garden diary.",
            "Then move the pot to a brighter place if needed.",
        ),
        actions=("plant", "water", "prune", "feed", "repot"),
        objects=("roses", "tomatoes", "lavender", "geraniums", "strawberries", "an olive tree"),
    ),
    HelpDomain(
        name="repairs",
        noun="simple home repair",
        good=("things last longer with a little care", "doing it yourself saves money"),
        advice=(
            ("take a photo of how it looks now", "A photo shows you where each part belongs."),
            ("brush off the dust", "Dust keeps paint and glue from holding."),
            ("lay out the tools you need", "Good order saves you many steps."),
            ("cover the floor with old paper", "Paper is easier to clear away than stains."),
        ),
        then=(
            "work slowly from top to bottom",
            "check that all screws are tight",
            "let everything dry for a day",
            "smooth rough edges with fine paper",
        ),
        next=(
            "Next, test it gently with your hand.",
            "After that, put a little oil on the metal parts.",
            "Then look again after a few weeks.",
        ),
        actions=("fix", "paint", "sand", "oil", "restore"),
        objects=(
            "a squeaky door",
            "a kitchen shelf",
            "a garden gate",
            "a wooden chair",
            "a window frame",
            "a drawer",
        ),
    ),
    HelpDomain(
        name="cleaning",
        noun="housework",
        good=("a clean home feels good", "clean things last longer"),
        advice=(
            ("open a window", "Fresh air carries the damp away."),
            ("clear loose dirt with a soft brush", "Grains of dirt would scratch the surface."),
            ("mix warm water with a little soap", "Warm water loosens grease."),
            ("try a small hidden corner", "A hidden corner shows you what the surface can take."),
        ),
        then=(
            "use a soft cloth in small circles",
            "rinse with clear water",
            "leave the soap on for five minutes",
            "dry everything well",
        ),
        next=(
            "Next, wash the cloth and hang it up.",
            "After that, do a quick round once a week.",
            "Then look at it in bright light.",
        ),
        actions=("clean", "polish", "wash", "scrub", "wipe down"),
        objects=(
            "an oven",
            "a bathroom mirror",
            "a steel pan",
            "a tiled floor",
            "a sink",
            "a glass table",
        ),
    ),
    HelpDomain(
        name="clothes",
        noun="looking after clothes",
        good=("good clothes deserve care", "a neat look gives confidence"),
        advice=(
            ("read the care label", "The label tells you what the fabric can take."),
            ("lay the fabric flat", "Flat fabric does not pull out of shape."),
            ("pick thread in the same colour", "The right colour hides every stitch."),
            ("turn the fabric inside out", "The outside stays clean that way."),
        ),
        then=(
            "work on one small part at a time",
            "use low heat",
            "make short even stitches",
            "smooth every crease with your hand",
        ),
        next=(
            "Next, hang it up overnight.",
            "After that, check all the buttons.",
            "Then put it away in a dry place.",
        ),
        actions=("mend", "iron", "sew", "shorten", "patch"),
        objects=(
            "a cotton shirt",
            "a summer dress",
            "a school uniform",
            "a silk blouse",
            "a linen skirt",
            "a winter coat",
        ),
    ),
    HelpDomain(
        name="pets",
        noun="looking after animals",
        good=("animals thrive on care", "trust grows with every good hour"),
        advice=(
            ("speak in a soft voice", "A calm voice makes an animal feel safe."),
            ("let the animal sniff your hand", "Animals trust what they can smell."),
            ("choose a quiet room", "Noise makes animals nervous."),
            ("keep a small treat ready", "Treats build a good memory."),
        ),
        then=(
            "move slowly",
            "stop as soon as there is stress",
            "praise every calm moment",
            "keep it short and gentle",
        ),
        next=(
            "Next, do the same at the same time tomorrow.",
            "After that, leave some time to rest.",
            "Then ask a vet if anything seems odd.",
        ),
        actions=("feed", "brush", "wash", "calm", "play with", "weigh"),
        objects=("a puppy", "a kitten", "a rabbit", "a pony", "an old dog", "a shy cat"),
    ),
)
