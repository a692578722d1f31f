"""For each exercise of the course a right, a wrong and a lazy solution, as cells.

A right one, of the teacher's version of the course, reaches every goal. A wrong one makes
the mistake that the exercise is about. A lazy one hands in something that was not trained,
or was not thought about.
"""

import function_solutions
import model_solutions

from nbkeras.course import solutions

SETUP = solutions.SETUP
WRONG = {**function_solutions.SOLUTIONS, **model_solutions.SOLUTIONS}
SOLUTIONS = {
    name: {"right": right, **WRONG[name]} for name, right in solutions.SOLUTIONS.items()
}
