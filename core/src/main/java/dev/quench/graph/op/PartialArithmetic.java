// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.graph.op.PartialValues.Element;
import dev.quench.graph.op.PartialValues.Known;
import dev.quench.graph.op.PartialValues.Size;
import dev.quench.tensor.DataType;
import java.util.List;

/// Elementwise arithmetic on partly known values. A symbolic size survives operations that do not
/// change it (`N * 1`, `N + 0`), and counts as zero or more in comparisons.
final class PartialArithmetic {
  private PartialArithmetic() {}

  static Element unary(String opType, Element x) {
    if (!(x instanceof Known(double value))) {
      boolean keepsSizes =
          switch (opType) {
            case "Identity", "Abs", "Floor", "Ceil", "Round" -> true;
            default -> false;
          };
      return keepsSizes ? x : Element.UNKNOWN;
    }
    return switch (opType) {
      case "Identity" -> x;
      case "Abs" -> new Known(Math.abs(value));
      case "Neg" -> new Known(-value);
      case "Floor" -> new Known(Math.floor(value));
      case "Ceil" -> new Known(Math.ceil(value));
      case "Round" -> new Known(Math.rint(value));
      case "Not" -> new Known(value == 0 ? 1 : 0);
      default -> Element.UNKNOWN;
    };
  }

  static Element cast(Element x, DataType type) {
    if (!(x instanceof Known(double value))) {
      return type == DataType.BOOL ? Element.UNKNOWN : x;
    }
    if (type == DataType.BOOL) {
      return new Known(value != 0 ? 1 : 0);
    }
    return type.isInteger() ? new Known(truncate(value)) : type.isFloating() ? x : Element.UNKNOWN;
  }

  /// @param operands one or more
  /// @param integers whether division truncates
  static Element combine(String opType, List<Element> operands, boolean integers) {
    if (opType.equals("Where")) {
      return where(operands.get(0), operands.get(1), operands.get(2));
    }
    Element result = operands.getFirst();
    for (Element operand : operands.subList(1, operands.size())) {
      result = binary(opType, result, operand, integers);
    }
    return opType.equals("Mean") && operands.size() > 1 ? Element.UNKNOWN : result;
  }

  private static Element where(Element condition, Element yes, Element no) {
    if (condition instanceof Known(double chosen)) {
      return chosen != 0 ? yes : no;
    }
    return yes.equals(no) ? yes : Element.UNKNOWN;
  }

  private static Element binary(String opType, Element a, Element b, boolean integers) {
    if (a instanceof Known(double x) && b instanceof Known(double y)) {
      return ofNumbers(opType, x, y, integers);
    }
    return switch (opType) {
      case "Add", "Sum" -> isNumber(b, 0) ? a : isNumber(a, 0) ? b : Element.UNKNOWN;
      case "Sub" -> isNumber(b, 0) ? a : Element.UNKNOWN;
      case "Mul" -> isNumber(b, 1) ? a : isNumber(a, 1) ? b : Element.UNKNOWN;
      case "Div" -> isNumber(b, 1) ? a : Element.UNKNOWN;
      case "Max" -> atMost(b, 0, a) ? a : atMost(a, 0, b) ? b : sameOrUnknown(a, b);
      case "Min" -> sameOrUnknown(a, b);
      case "Equal" -> {
        if (a instanceof Size && a.equals(b)) {
          yield new Known(1);
        }
        // A size is never negative.
        yield atMost(a, -1, b) || atMost(b, -1, a) ? new Known(0) : Element.UNKNOWN;
      }
      default -> Element.UNKNOWN;
    };
  }

  private static Element ofNumbers(String opType, double x, double y, boolean integers) {
    return switch (opType) {
      case "Add", "Sum" -> new Known(x + y);
      case "Sub" -> new Known(x - y);
      case "Mul" -> new Known(x * y);
      case "Div" -> {
        if (integers) {
          yield y == 0 ? Element.UNKNOWN : new Known(truncate(x / y));
        }
        yield new Known(x / y);
      }
      case "Mod" -> y == 0 ? Element.UNKNOWN : new Known(x - Math.floor(x / y) * y);
      case "Remainder" -> y == 0 ? Element.UNKNOWN : new Known(x % y);
      case "Pow" -> new Known(Math.pow(x, y));
      case "Max" -> new Known(Math.max(x, y));
      case "Min" -> new Known(Math.min(x, y));
      case "Equal" -> new Known(x == y ? 1 : 0);
      case "Greater" -> new Known(x > y ? 1 : 0);
      case "GreaterOrEqual" -> new Known(x >= y ? 1 : 0);
      case "Less" -> new Known(x < y ? 1 : 0);
      case "LessOrEqual" -> new Known(x <= y ? 1 : 0);
      case "And" -> new Known(x != 0 && y != 0 ? 1 : 0);
      case "Or" -> new Known(x != 0 || y != 0 ? 1 : 0);
      case "Xor" -> new Known((x != 0) != (y != 0) ? 1 : 0);
      default -> Element.UNKNOWN;
    };
  }

  private static boolean isNumber(Element element, double number) {
    return element instanceof Known(double value) && value == number;
  }

  /// Whether `element` is a number not above `bound`, beside a symbolic size.
  private static boolean atMost(Element element, double bound, Element other) {
    return other instanceof Size && element instanceof Known(double value) && value <= bound;
  }

  private static Element sameOrUnknown(Element a, Element b) {
    return a.equals(b) ? a : Element.UNKNOWN;
  }

  private static double truncate(double value) {
    return value < 0 ? Math.ceil(value) : Math.floor(value);
  }
}
