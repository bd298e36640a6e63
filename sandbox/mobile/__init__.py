"""The mobile legacy: TM Forum Open APIs over JSON."""
