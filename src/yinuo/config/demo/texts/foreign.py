"""Customers who write English."""

from yinuo.config.demo.texts.family import Family

FOREIGN: tuple[Family, ...] = (
    Family(
        "function_fault",
        language="en",
        kinds=("air_conditioner", "washer", "robot"),
        codes=("E6", "E21"),
        weight=4,
        openings=(
            (
                "{english} shows {code}",
                "Hello, my {english} ({model}) shows {code} since yesterday evening and stops after ten minutes. I have restarted it twice. Could you please help?",
            ),
            (
                "{english} makes a loud noise",
                "Hi, the {english} we bought in your store has become very noisy, like something loose inside. It is only {days} days old. What should I do?",
            ),
        ),
        answers=(
            "Dear {customer}, this is {agent} of Yinuo. I am sorry for the trouble. Please unplug the {english} for five minutes, then send me a photo of the label on its side. I will tell you the next step today.",
        ),
        more=(
            "Thank you, I attached the photo. After five minutes the code came back.",
            "It works now after unplugging, thanks a lot!",
        ),
        solved=(
            "Dear {customer}, our engineer has replaced the drain pump and tested the {english} twice. The new part has one year of warranty.",
        ),
        solution=("Drain pump replaced, tested twice", "Loose transport bolt removed, noise gone"),
        way="onsite",
    ),
    Family(
        "how_to",
        language="en",
        kinds=("lock", "panel", "robot"),
        weight=3,
        openings=(
            (
                "How to switch the {english} to English",
                "Hello, the display of our {english} is in Chinese only. Is there a way to set it to English?",
            ),
            ("Add a second user", "Hi, how can I add my wife to the {english}? I only find the menu in Chinese."),
        ),
        answers=(
            "Dear {customer}, this is {agent} of Yinuo. Hold the settings key for three seconds, choose the globe symbol and then English. I attached a picture of each step.",
        ),
        more=("Great, that worked. Thanks.",),
        solved=("Dear {customer}, glad that it works. The English manual is attached for later.",),
        solution=("Guided to language setting, manual sent",),
        way="knowledge",
    ),
    Family(
        "invoice",
        language="en",
        weight=2,
        kinds=("purifier", "air_conditioner"),
        openings=(
            (
                "Invoice with company name",
                "Dear team, for order {order} we need an invoice with our company name for accounting. Could you issue it again?",
            ),
        ),
        answers=(
            "Dear {customer}, this is {agent} of Yinuo. Please reply with the exact company name and tax number; we issue the corrected invoice today free of charge.",
        ),
        more=("The details are in the attachment. Thank you.",),
        solved=("Dear {customer}, the corrected invoice is attached; the first one has been cancelled.",),
        solution=("Invoice issued again with company name",),
    ),
    Family(
        "product_enquiry",
        language="en",
        weight=2,
        kinds=("purifier", "air_conditioner"),
        openings=(
            (
                "Question about {model}",
                "Hello, we are furnishing {count} apartments and would like to know whether the {english} {model} works with 220 V and what space it needs.",
            ),
        ),
        answers=(
            "Dear {customer}, this is {agent} of Yinuo. Yes, {model} is made for 220 V, 50 Hz. The drawing with all measures is attached. Shall I prepare a quotation for {count} pieces?",
        ),
        more=("Yes please, including installation.",),
        solved=("Dear {customer}, the quotation is attached and valid for 15 days.",),
        solution=("Drawing and quotation sent",),
        way="knowledge",
    ),
)
