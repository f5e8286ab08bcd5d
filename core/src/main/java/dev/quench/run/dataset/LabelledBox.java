// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

/// An object that is known to be in an image.
///
/// @param box in pixels of the image as it is stored
/// @param classIndex from 0
/// @param area of the object in square pixels, which COCO takes from its outline and by which
///   small, medium and large objects are told apart
/// @param crowd whether the box holds a crowd of objects; detections of them count neither way
public record LabelledBox(Box box, int classIndex, double area, boolean crowd) {
  public LabelledBox {
    if (classIndex < 0 || !(area >= 0)) {
      throw new IllegalArgumentException(
          "class %d and area %s; expected both from 0".formatted(classIndex, area));
    }
  }
}
