"""Speech out: sentences with places for values, the parts they are made of, the voices that say the parts."""
