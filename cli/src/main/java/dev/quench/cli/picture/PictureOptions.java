// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.picture;

import dev.quench.cli.converter.DeclaredPreprocessing;
import dev.quench.cli.option.ModelClassNames;
import dev.quench.cli.option.NormalizationOptions;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.data.annotation.ClassNames;
import dev.quench.data.image.ColorMode;
import dev.quench.data.image.ImageFile;
import dev.quench.data.image.ImageInput;
import dev.quench.data.image.Interpolation;
import dev.quench.data.image.Layout;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.image.Resize;
import dev.quench.graph.Model;
import dev.quench.io.RegularFile;
import dev.quench.pipeline.picture.ClassLabels;
import dev.quench.pipeline.picture.PictureDecoder;
import dev.quench.pipeline.picture.PictureTask;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.DataException;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// A picture as the input of a model, and how its answer is read.
@OptionGroup("Picture")
public final class PictureOptions {
  /// A dictionary is larger than this by mistake only.
  private static final int MAX_DICTIONARY_BYTES = 16 << 20;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description =
          "A picture (PNG, JPEG, WebP, TIFF, BMP, GIF) for the model's only input that has no --input.")
  private @Nullable Path image;

  @Option(
      names = "--preprocess",
      paramLabel = "FILE|PRESET",
      description =
          "Declares how a picture becomes the input (JSON), or one of "
              + DeclaredPreprocessing.PRESETS
              + "; default: as the model's metadata say, if they do.")
  private @Nullable Path preprocess;

  @Mixin private NormalizationOptions normalization;

  @Option(
      names = "--labels",
      paramLabel = "FILE|SET",
      description =
          "Names of the classes: a file with one a line, or one of cifar10, cityscapes, coco, fashion-mnist, voc; default: the model's metadata.")
  private @Nullable Path labels;

  @Option(
      names = "--label-offset",
      paramLabel = "K",
      defaultValue = "0",
      description =
          "Classes of the model before the first name: 1 if its class 0 is the background.")
  private int labelOffset;

  @Option(
      names = "--dictionary",
      paramLabel = "FILE",
      description =
          "For text: one character a line in the order of the classes, without the blank; default: the model's metadata.")
  private @Nullable Path dictionary;

  @Option(
      names = "--task",
      paramLabel = "T",
      description =
          "What the outputs mean: classes, yolo, yolo-v5, detections, segmentation, text, text-boxes; default: as their form says.")
  private @Nullable String task;

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "5",
      description = "How many of the best classes to print; default ${DEFAULT-VALUE}.")
  private int top;

  @Option(
      names = "--min-confidence",
      paramLabel = "SHARE",
      defaultValue = "0.25",
      description = "Leave out boxes with a lower score; default ${DEFAULT-VALUE}.")
  private double minimumScore;

  /// The file of `--image`; null if there is none.
  public @Nullable Path image() {
    return image;
  }

  /// @throws picocli.CommandLine.ParameterException for values out of range
  public void check(QuenchCommand command) {
    if (top < 1) {
      throw command.wrongUsage("--top must be 1 or more, got " + top);
    }
    if (!(minimumScore >= 0 && minimumScore <= 1)) {
      throw command.wrongUsage("--min-confidence must be from 0 to 1, got " + minimumScore);
    }
    if (labelOffset < 0) {
      throw command.wrongUsage("--label-offset must be 0 or more, got " + labelOffset);
    }
    if (task != null) {
      try {
        PictureTask.of(task);
      } catch (IllegalArgumentException e) {
        throw command.wrongUsage("--task: " + e.getMessage());
      }
    }
    if (image == null
        && (preprocess != null || labels != null || dictionary != null || task != null)) {
      throw command.wrongUsage("--preprocess, --labels, --dictionary and --task need --image");
    }
  }

  /// What `--task` says; empty if the outputs are to say it.
  public Optional<PictureTask> task() {
    return Optional.ofNullable(task).map(PictureTask::of);
  }

  /// The picture as the value of one input.
  public ImageInput read(Path file, Model model, TensorSpec input, QuenchCommand command)
      throws IOException {
    Optional<Preprocessing> declared = DeclaredPreprocessing.find(preprocess);
    Preprocessing how = declared.isPresent() ? declared.get() : fromModel(model, input, command);
    how = how.withOutput(how.layout(), floating(input) ? input.dataType() : how.dataType());
    try {
      return how.apply(ImageFile.read(file, how.orientation()));
    } catch (DataException e) {
      String message = String.valueOf(e.getMessage());
      throw new DataException(
          message.startsWith("image: ") ? file + message.substring("image".length()) : message, e);
    }
  }

  /// Names and characters for the model's answer.
  public PictureDecoder decoder(Model model) throws IOException {
    return new PictureDecoder(
        new ClassLabels(names(model), labels == null ? 0 : labelOffset),
        dictionary(model),
        top,
        minimumScore);
  }

  /// A file of that name goes before a set.
  private List<String> names(Model model) throws IOException {
    if (labels == null) {
      return ModelClassNames.of(model).names();
    }
    Optional<List<String>> set =
        Files.exists(labels) ? Optional.empty() : ClassNames.ofSet(labels.toString());
    return set.isPresent() ? set.get() : ClassNames.read(labels);
  }

  private List<String> dictionary(Model model) throws IOException {
    if (dictionary != null) {
      return RegularFile.readText(dictionary, MAX_DICTIONARY_BYTES).lines().toList();
    }
    String inModel = model.metadata().get("character");
    return inModel == null ? List.of() : inModel.lines().toList();
  }

  private static boolean floating(TensorSpec input) {
    return switch (input.dataType()) {
      case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> true;
      default -> false;
    };
  }

  /// Only a model whose metadata say how pixels become numbers, or options that do, need no
  /// declaration; size and channels are those of the input.
  private Preprocessing fromModel(Model model, TensorSpec input, QuenchCommand command) {
    Shape shape = input.shape();
    boolean described =
        normalization.isGiven()
            || model.metadata().keySet().stream().anyMatch(key -> key.startsWith("preprocess."));
    if (!described
        || shape.rank() != 4
        || !(shape.dim(1) instanceof Dim.Fixed(long channels))
        || !(shape.dim(2) instanceof Dim.Fixed(long height))
        || !(shape.dim(3) instanceof Dim.Fixed(long width))
        || (channels != 1 && channels != 3)) {
      throw command.wrongUsage(
          "give --preprocess (%s, or a file): the model does not say how a picture becomes its input %s"
              .formatted(DeclaredPreprocessing.PRESETS, input));
    }
    command.note(
        "preprocessing: resized to %d x %d, %s, normalized as %s"
            .formatted(
                width,
                height,
                channels == 1 ? "gray" : "RGB",
                normalization.isGiven() ? "given" : "the model's metadata say"));
    return Preprocessing.plain(
            channels == 1 ? ColorMode.GRAY : ColorMode.RGB, normalization.normalization(model))
        .withColorConversion(true)
        .withResize(
            new Resize.Exact(Math.toIntExact(width), Math.toIntExact(height)),
            Interpolation.BILINEAR_ANTIALIAS)
        .withOutput(Layout.NCHW, input.dataType());
  }
}
