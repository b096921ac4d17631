#!/bin/sh
# From a folder of labelled pictures to an endpoint that knows them, in one go:
# prepare, fine-tune, register, evaluate, report, deploy, invoke.
#
#   examples/finetune.sh multiclass fridgeObjects
#   examples/finetune.sh multilabel multilabelFridgeObjects.zip out/fridge
#
# The local twin by default, which needs the model once: aml-deit local import-registry-model DIR.
# A workspace instead: TARGET=azure IMAGE=myregistry.azurecr.io/aml-deit-scorer:1 examples/finetune.sh …
# Whatever interrupts it: run it again, it goes on and starts nothing twice.
set -eu

task=${1:?multiclass or multilabel}
source=${2:?a folder or .zip of labelled pictures}
out=${3:-out/$task}
target=${TARGET:-local}
aml=${AML_DEIT:-npx aml-deit}
name=fridge-$task

# Three splits; the pictures go to the workspace's store, the tables name them there.
$aml data prepare "$source" --task "$task" --out "$out/data" --upload "$name" --target "$target"

# The model is registered, packaged and deployed. ort=leave-out: today's training image may lack ONNX Runtime training.
$aml finetune "$task" --target "$target" --create-compute --ort leave-out \
  --training-data "$out/data/train" --validation-data "$out/data/validation" --test-data "$out/data/test" \
  --model-name "$name" --package "$out/package" \
  --deploy --endpoint "$name" ${IMAGE:+--image "$IMAGE"} --json >"$out/finetune.json"
model=$(node -p 'const { model } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")); `azureml:${model.name}:${model.version}`' "$out/finetune.json")
echo "fine-tuned $model"

# On the test split, which nothing has seen so far.
$aml evaluate "$task" --target "$target" --create-compute \
  --model "$model" --test-data "$out/data/test" --out "$out/report"

# Two pictures of the test split through the endpoint.
node -p 'const { pictures } = JSON.parse(require("fs").readFileSync(process.argv[1] + "/data-manifest.json", "utf8"));
  pictures.filter(({ split }) => split === "test").slice(0, 2).map(({ file }) => `${process.argv[1]}/images/${file}`).join("\n")' \
  "$out/data" |
  while read -r picture; do
    $aml invoke online --endpoint "$name" --image "$picture" --target "$target" </dev/null
  done
