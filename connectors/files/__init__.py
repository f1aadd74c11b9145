"""Files as a connector: a company without any system around keeps its people, goods and orders in Excel."""
