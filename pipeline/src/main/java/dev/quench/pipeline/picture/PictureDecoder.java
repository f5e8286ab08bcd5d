// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.picture;

import dev.quench.data.image.ImageInput;
import dev.quench.metric.TrailingAxes;
import dev.quench.metric.classification.TopClasses;
import dev.quench.metric.detection.Detection;
import dev.quench.metric.detection.DetectionDecoder;
import dev.quench.metric.detection.YoloDetections;
import dev.quench.metric.segmentation.SegmentationOutput;
import dev.quench.metric.text.CtcDecoder;
import dev.quench.metric.text.Polygon;
import dev.quench.metric.text.TextBoxes;
import dev.quench.pipeline.PipelineException;
import dev.quench.run.dataset.Box;
import dev.quench.run.dataset.ImageGeometry;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Decodes a model's outputs for one picture. Immutable, thread-safe.
///
/// @param labels names of the classes
/// @param dictionary characters of a text reader, one for each class but the blank; empty if
///   unknown
/// @param top the number of best classes
/// @param minimumScore boxes below it are left out, in `[0, 1]`
public record PictureDecoder(
    ClassLabels labels, List<String> dictionary, int top, double minimumScore) {
  private static final double SUPPRESSION = 0.7;
  private static final int MAX_BOXES = 300;

  public PictureDecoder {
    dictionary = List.copyOf(dictionary);
    if (top < 1) {
      throw new IllegalArgumentException("expected 1 or more best classes, got " + top);
    }
    if (!(minimumScore >= 0 && minimumScore <= 1)) {
      throw new IllegalArgumentException("minimum score must be from 0 to 1, got " + minimumScore);
    }
  }

  /// @param outputs of the model for `input`
  /// @throws IllegalArgumentException if the outputs have another form than the task's
  /// @throws PipelineException if names or characters do not fit the model's classes
  public PictureAnswer decode(PictureTask task, Map<String, Tensor> outputs, ImageInput input) {
    ImageGeometry geometry = input.geometry();
    Tensor first = outputs.values().iterator().next();
    return switch (task) {
      case CLASSES -> classes(outputs, first);
      case YOLO -> objects(yolo(false), outputs, geometry);
      case YOLO_V5 -> objects(yolo(true), outputs, geometry);
      case DETECTIONS ->
          objects(
              EndToEndOutputs.of(outputs.keySet())
                  .orElseThrow(() ->
                      new PipelineException(
                          "detections are read from outputs boxes, scores and labels, or those of EfficientNMS, but the model has "
                              + outputs.keySet())),
              outputs,
              geometry);
      case SEGMENTATION ->
          new PictureAnswer.Segments(
              SegmentationOutput.of(task.spelling(), first, 1).classes(0, geometry), labels);
      case TEXT -> new PictureAnswer.TextLine(text(first));
      case TEXT_BOXES ->
          new PictureAnswer.TextRegions(
              new TextBoxes()
                  .decode(outputs, 1).getFirst().stream()
                      .map(region -> toImage(region, geometry))
                      .toList());
    };
  }

  private PictureAnswer classes(Map<String, Tensor> outputs, Tensor first) {
    TopClasses best = TopClasses.of(outputs, top);
    int count = TrailingAxes.lastSize(first.shape());
    if (!labels.fits(count)) {
      throw new PipelineException(
          "%d names for the %d classes of the model; give the names of all of them, or an offset if the model counts a background class"
              .formatted(labels.names().size(), count));
    }
    return new PictureAnswer.Classes(best, labels);
  }

  private DetectionDecoder yolo(boolean objectness) {
    return new YoloDetections(Optional.empty(), objectness, minimumScore, SUPPRESSION, MAX_BOXES);
  }

  private PictureAnswer objects(
      DetectionDecoder decoder, Map<String, Tensor> outputs, ImageGeometry geometry) {
    return new PictureAnswer.Objects(
        decoder.decode(outputs, 1).getFirst().stream()
            .filter(found -> found.score() >= minimumScore)
            .map(found ->
                new Detection(geometry.toImage(found.box()), found.classIndex(), found.score()))
            .filter(found -> !isEmpty(found.box()))
            .toList(),
        labels);
  }

  /// A box in the padding alone has no area in the picture.
  private static boolean isEmpty(Box box) {
    return box.area() == 0;
  }

  private String text(Tensor first) {
    if (dictionary.isEmpty()) {
      throw new PipelineException(
          "text needs the characters behind the model's classes, and its metadata have none; give a dictionary");
    }
    return CtcDecoder.ppOcr(dictionary, Math.toIntExact(first.shape().size(-1)))
        .decode(first)
        .getFirst();
  }

  private static Polygon toImage(Polygon region, ImageGeometry geometry) {
    return new Polygon(
        region.corners().stream()
            .map(corner ->
                new Polygon.Point(
                    Math.clamp(
                        (corner.x() - geometry.offsetX()) / geometry.scaleX(),
                        0.0,
                        geometry.imageWidth()),
                    Math.clamp(
                        (corner.y() - geometry.offsetY()) / geometry.scaleY(),
                        0.0,
                        geometry.imageHeight())))
            .toList());
  }
}
