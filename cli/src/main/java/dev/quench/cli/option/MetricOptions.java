// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.graph.Model;
import dev.quench.io.RegularFile;
import dev.quench.metric.classification.TopK;
import dev.quench.metric.detection.CocoMap;
import dev.quench.metric.detection.DetectionAgreement;
import dev.quench.metric.detection.YoloDetections;
import dev.quench.metric.fidelity.EmbeddingSimilarity;
import dev.quench.metric.fidelity.Reference;
import dev.quench.metric.fidelity.TensorFidelity;
import dev.quench.metric.segmentation.MeanIoU;
import dev.quench.metric.segmentation.PixelAccuracy;
import dev.quench.metric.text.CtcDecoder;
import dev.quench.metric.text.TextAccuracy;
import dev.quench.metric.text.TextBoxes;
import dev.quench.run.Metric;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What models are judged by.
@OptionGroup("Metric")
public final class MetricOptions {
  private static final double YOLO_SCORE = 0.001;
  private static final double YOLO_SUPPRESSION = 0.7;
  private static final int YOLO_MAXIMUM = 300;

  /// A dictionary is larger than this by mistake only.
  private static final int MAX_DICTIONARY_BYTES = 16 << 20;

  private static final String KNOWN =
      "top-k, mean-iou, pixel-accuracy, yolo, yolo-v5, text, text-boxes, fidelity, embeddings, none";
  private static final Set<String> WITH_REFERENCE = Set.of("text-boxes", "fidelity", "embeddings");

  @Option(
      names = "--metric",
      paramLabel = "M",
      defaultValue = "top-k",
      description = {
        "top-k (classes), mean-iou or pixel-accuracy (masks), yolo or yolo-v5 (boxes: COCO's mean average precision), "
            + "text (recognition by CTC), and without labels, against the first model on ONNX Runtime: text-boxes (F1 of the "
            + "boxes of a text detector), fidelity (cosine, SQNR), embeddings (cosine and neighbourhood); or none; default "
            + "${DEFAULT-VALUE}."
      })
  private String metric;

  @Option(
      names = "--dictionary",
      paramLabel = "FILE",
      description =
          "For --metric text: one character a line in the order of the classes, without the blank; default: the model's metadata.")
  private @Nullable Path dictionary;

  @Option(
      names = "--per-class",
      description = "For --metric mean-iou: also a score for each class.")
  private boolean perClass;

  public void check(QuenchCommand command) {
    if (!Set.of(KNOWN.split(", ", -1)).contains(metric)) {
      throw command.wrongUsage("unknown metric '" + metric + "'; expected one of " + KNOWN);
    }
    if (dictionary != null && !metric.equals("text")) {
      throw command.wrongUsage("--dictionary requires --metric text");
    }
  }

  public boolean isNone() {
    return metric.equals("none");
  }

  /// Whether models are judged by how near their outputs come to those of the first.
  public boolean isFidelity() {
    return metric.equals("fidelity");
  }

  /// Whether outputs are held against those of the first model.
  public boolean needsReference() {
    return WITH_REFERENCE.contains(metric);
  }

  /// @param model the first one
  /// @param reference where [#needsReference]
  /// @return empty for none
  public Optional<Metric> metric(Model model, Optional<Reference> reference) throws IOException {
    return Optional.ofNullable(
        switch (metric) {
          case "none" -> null;
          case "mean-iou" -> new MeanIoU(Optional.empty(), perClass);
          case "pixel-accuracy" -> new PixelAccuracy();
          case "yolo", "yolo-v5" ->
              new CocoMap(
                  new YoloDetections(
                      Optional.empty(),
                      metric.equals("yolo-v5"),
                      YOLO_SCORE,
                      YOLO_SUPPRESSION,
                      YOLO_MAXIMUM));
          case "text" -> new TextAccuracy(CtcDecoder.ppOcr(characters(model), classes(model)));
          case "text-boxes" -> new DetectionAgreement(reference.orElseThrow(), new TextBoxes());
          case "fidelity" -> new TensorFidelity(reference.orElseThrow());
          case "embeddings" -> new EmbeddingSimilarity(reference.orElseThrow());
          default -> new TopK();
        });
  }

  private List<String> characters(Model model) throws IOException {
    if (dictionary != null) {
      return RegularFile.readText(dictionary, MAX_DICTIONARY_BYTES).lines().toList();
    }
    String inModel = model.metadata().get("character");
    if (inModel == null) {
      throw new CommandException(
          "--metric text needs the characters behind the model's classes, and its metadata have none; give --dictionary");
    }
    return inModel.lines().toList();
  }

  private static int classes(Model model) {
    Shape shape = model.graph().outputs().getFirst().shape().orElse(Shape.SCALAR);
    if (shape.rank() > 0 && shape.dim(-1) instanceof Dim.Fixed(long classes)) {
      return Math.toIntExact(classes);
    }
    throw new CommandException(
        "--metric text needs to know the number of classes, but the model's output has shape "
            + shape);
  }
}
