"""A definition as a picture: swim lanes by role, steps from left to right, loops drawn back (see drawing.md).

    picture = draw(definition)
    picture.lanes, picture.boxes, picture.lines

Pure shapes in pixels; colours and words are the page's, and the same coordinates go out with BPMN.
"""

from yinuo.domain.procedure.drawing.graph import Edge, Graph, Node, graph_of
from yinuo.domain.procedure.drawing.shapes import Box, Lane, Line, Picture, draw

__all__ = ["Box", "Edge", "Graph", "Lane", "Line", "Node", "Picture", "draw", "graph_of"]
