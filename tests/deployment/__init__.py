"""Deploys: processes are replaced while people work, and runs of before go on with the code of after."""
