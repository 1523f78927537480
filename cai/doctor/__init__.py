"""What is found of a machine and a recipe, and whether they will work together.

`examine` lists all that is looked at; each group of findings is a module of its own, and `dry` are
the steps of stages that are tried in processes of their own. `start` is what `cai run` asks first.
"""
