"""The same for customers who write English."""

SUBJECTS = (
    "{e} does not work", "Question about my {e}", "Order {order}", "{E} shows {code}", "Please help with the {e}", "Refund for order {order}", "{E} is too loud", "When will the {e} arrive",
)  # fmt: skip
HEARTS = (
    "my {e} ({model}) shows {code} since {ed} and stops after {n} minutes.", "the {e} we bought in {ey} has become very noisy, like something loose inside.", "order {order} was shipped {n} days ago and has not arrived yet.",
    "I was charged twice for order {order}, {money} yuan each time.", "could you tell me how to connect the {e} to a new router?", "the {e} arrived with a scratch on the left side.", "I would like an invoice for order {order}.",
    "is the {e} still under warranty? We bought it in {ey}.", "the engineer did not come on {ed} as agreed.", "please quote {n} pieces of {model} for our office.",
)  # fmt: skip
DETAILS = (
    "I have restarted it {n} times.", "It happens mostly in the evening.", "The manual does not say anything about it.", "We live in {eplace}.", "I am at home after six.", "A photo is attached.", "My neighbour has the same one and it is fine.",
    "We have guests next week.", "It was installed by your people.", "The app says everything is normal.", "I tried another socket as well.", "Please write in English if possible.", "The serial number is on the side of the unit.",
)  # fmt: skip
CLOSINGS = (
    "Thank you.",
    "What should I do?",
    "Please let me know.",
    "Kind regards",
    "I hope to hear from you soon.",
    "Thanks a lot!",
    "Could somebody call me?",
)
ANSWERS = (
    "I am sorry for the trouble. Please unplug the {e} for {n} minutes, then send me a photo of the label on its side.", "thank you for writing. I have found your order {order} and will come back to you today.", "our technician has looked at it and will call you on {es}.",
    "this is covered by the warranty, so there is nothing to pay.", "please hold the side button for {n} seconds and try again.",
)  # fmt: skip
SOLVED = (
    "our engineer has replaced the {epart} and tested the {e} twice. The new part has one year of warranty.", "the amount of {money} yuan has been paid back.", "the setting is changed now, please have a look.", "the parcel was found and is delivered on {es}.",
)  # fmt: skip
QUESTIONS = (
    "could you tell me the order number and where you bought it?",
    "does it happen at once or after some minutes?",
    "could you send a short video?",
)
MORE = (
    "Thank you, I sent the photo.",
    "It came back after {n} minutes.",
    "It works now, thanks a lot!",
    "I am at home on {es}.",
    "The order number is {order}.",
    "Any news? I have been waiting for {n} days.",
)
FIXES = (
    "Part replaced, tested twice",
    "Loose bolt removed, noise gone",
    "Connected to the new router",
    "Paid back {money} yuan",
    "Explained the warranty",
)
PARTS = ("drain pump", "control board", "sensor", "fan", "battery", "filter")
PLACES = ("Pudong", "Tianhe", "Wuhou", "Yuhang", "Gulou", "Siming", "Chaoyang", "Nanshan")
