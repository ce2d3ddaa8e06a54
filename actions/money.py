"""Write money for people: pesos with two decimals, from exact centavos."""


def pesos(centavos: int) -> str:
    """Write an amount as people here read it.

    >>> pesos(460000)
    '$4,600.00'
    """
    sign = "-" if centavos < 0 else ""
    whole, cents = divmod(abs(centavos), 100)
    return f"{sign}${whole:,}.{cents:02d}"
