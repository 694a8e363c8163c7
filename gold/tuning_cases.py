"""The cases of searches, pipelines in pipelines, one against the rest and functions: Python lines, of which the last is the answer.

Folds are a column of the table, or drawn by a seed from a table of one partition; fits run to the optimum: then what
comes out is the same for everybody. `fresh(name)` is a new folder.
"""

SETUP = """
import itertools, os
def fresh(name):
    return next(p for p in (f"{tmp}/{name}{i}" for i in itertools.count()) if not os.path.exists(p))
folded = binary.withColumnRenamed("y", "label").withColumn("fold", F.expr("int(crc32(string(x1)) % 3)"))
lr = LogisticRegression(maxIter=200, tol=1e-12)
grid = ParamGridBuilder().addGrid(lr.regParam, [0.01, 0.1, 1.0]).build()
auc = BinaryClassificationEvaluator()
lin = LinearRegression(labelCol="y", regParam=0.1, solver="normal")
numbers = regression.withColumn("fold", F.expr("int(crc32(string(x1)) % 2)"))
rmse = RegressionEvaluator(labelCol="y")
"""

CROSS = 'cv = CrossValidator(estimator=lr, estimatorParamMaps=grid, evaluator=auc, foldCol="fold", numFolds=3)\n'
SPLIT = (
    "tvs = TrainValidationSplit(estimator=lin, evaluator=rmse, seed=11,\n"
    "    estimatorParamMaps=ParamGridBuilder().addGrid(lin.elasticNetParam, [0.0, 0.5])"
    ".addGrid(lin.regParam, [0.0, 2.0]).build())\n"
)
REST = (
    "flowers = iris.withColumn('w', F.expr('1.0 + label'))\novr = OneVsRest(classifier=lr.copy({lr.regParam: 0.01}))\n"
)

VECTORS = (
    "rows = spark.createDataFrame([(Vectors.dense([1.0, 2.0]), 'a', 1.0), (Vectors.sparse(2, [1], [4.0]), 'a', 3.0),\n"
    "    (Vectors.dense([5.0, 0.5]), 'b', 2.0)], ['v', 'k', 'w'])\n"
)

ONE_TREE = "numTrees=1, bootstrap=False, featureSubsetStrategy='all', maxDepth=3"
OF_SOME = "[type(s).__name__, s.labels, s.accuracy, s.weightedFMeasure(), s.precisionByLabel, s.predictions.count()]"
OF_TWO = OF_SOME[:-1] + ", s.areaUnderROC, s.scoreCol, s.pr.count()]"

TUNING = {
    "cross_validator": {
        "folds_by_column": CROSS
        + "m = cv.fit(folded)\n[m.avgMetrics, m.stdMetrics, m.bestModel.getRegParam(), m.bestModel.coefficients, m.subModels]",
        "folds_by_seed": CROSS
        + "m = cv.copy({cv.foldCol: '', cv.seed: 42}).fit(folded)\n[m.avgMetrics, m.stdMetrics, m.bestModel.getRegParam()]",
        "five_folds_by_seed": CROSS
        + "m = cv.copy({cv.foldCol: '', cv.seed: 7, cv.numFolds: 5}).fit(folded)\n[m.avgMetrics, m.getNumFolds()]",
        "in_parallel": CROSS + "m = cv.setParallelism(2).fit(folded)\n[m.avgMetrics, m.bestModel.getRegParam()]",
        "smaller_is_better": "cv = CrossValidator(estimator=lin, evaluator=rmse, foldCol='fold', numFolds=2,\n"
        "    estimatorParamMaps=ParamGridBuilder().addGrid(lin.regParam, [5.0, 0.0]).build())\n"
        "m = cv.fit(numbers)\n[m.avgMetrics, m.bestModel.getRegParam(), m.bestModel.coefficients]",
        "sub_models": CROSS + "m = cv.setCollectSubModels(True).setParallelism(2).fit(folded)\n"
        "[[[one.getRegParam(), one.intercept] for one in fold] for fold in m.subModels]",
        "transforms_as_the_best": CROSS
        + "m = cv.fit(folded)\n[shown(m.transform(folded), 'prediction', 'probability'), auc.evaluate(m.transform(folded))]",
        "of_a_pipeline": "hashing = StandardScaler(inputCol='features', outputCol='scaled')\n"
        "last = lr.copy({lr.featuresCol: 'scaled'})\nline = Pipeline(stages=[hashing, last])\n"
        "maps = ParamGridBuilder().addGrid(hashing.withMean, [True, False]).addGrid(last.regParam, [0.1, 1.0]).build()\n"
        "m = CrossValidator(estimator=line, estimatorParamMaps=maps, evaluator=auc, foldCol='fold').fit(folded)\n"
        "[m.avgMetrics, len(m.bestModel.stages), m.bestModel.stages[1].coefficients]",
        "over_estimators": "line, tree = Pipeline(stages=[]), DecisionTreeClassifier(maxDepth=2)\n"
        "maps = ParamGridBuilder().baseOn({line.stages: [lr]}).addGrid(lr.regParam, [0.1, 1.0]).build()\n"
        "maps += ParamGridBuilder().baseOn({line.stages: [tree]}).addGrid(tree.maxDepth, [1, 2]).build()\n"
        "m = CrossValidator(estimator=line, estimatorParamMaps=maps, evaluator=auc, foldCol='fold').fit(folded)\n"
        "[m.avgMetrics, len(m.bestModel.stages)]",
        "of_clusters": "km = KMeans(seed=1, initMode='random', maxIter=40)\n"
        "maps = ParamGridBuilder().addGrid(km.k, [2, 3]).build()\n"
        "cv = CrossValidator(estimator=km, estimatorParamMaps=maps, evaluator=ClusteringEvaluator(), seed=3)\n"
        "m = cv.fit(blobs)\n[len(m.avgMetrics), all(0.3 < metric < 1.0 for metric in m.avgMetrics)]",
        "saved_search": CROSS + "folder = fresh('cv')\ncv.write().save(folder)\nsaved(folder)",
        "loaded_search": CROSS
        + "folder = fresh('cv')\ncv.setParallelism(2).save(folder)\nback = CrossValidator.load(folder)\n"
        "[back.uid == cv.uid, back.getNumFolds(), back.getFoldCol(), back.getParallelism(), back.getEstimator().uid == lr.uid,\n"
        " set_values(back.getEstimatorParamMaps()), back.getEvaluator().getMetricName(), back.fit(folded).avgMetrics]",
        "saved_model": CROSS + "folder = fresh('cv')\ncv.fit(folded).write().save(folder)\nsaved(folder)",
        "saved_sub_models": CROSS
        + "folder = fresh('cv')\ncv.setCollectSubModels(True).fit(folded).write().save(folder)\nsorted(saved(folder))",
        "loaded_model": CROSS + "folder = fresh('cv')\nm = cv.setCollectSubModels(True).fit(folded)\nm.save(folder)\n"
        "back = CrossValidatorModel.load(folder)\n"
        "[back.uid == m.uid, back.avgMetrics == m.avgMetrics, back.stdMetrics == m.stdMetrics, back.getNumFolds(),\n"
        " back.bestModel.uid == m.bestModel.uid, [len(fold) for fold in back.subModels],\n"
        " back.transform(folded).select('probability').collect() == m.transform(folded).select('probability').collect()]",
        "loaded_without_sub_models": CROSS + "folder = fresh('cv')\nm = cv.setCollectSubModels(True).fit(folded)\n"
        "m.write().option('persistSubModels', 'false').save(folder)\n"
        "back = CrossValidatorModel.load(folder)\n[back.subModels, sorted(saved(folder))]",
        "overwritten": CROSS
        + "folder = fresh('cv')\ncv.save(folder)\ncv.setNumFolds(2).write().overwrite().save(folder)\n"
        "CrossValidator.load(folder).getNumFolds()",
        "copied": CROSS + "m = cv.setCollectSubModels(True).fit(folded)\nother = m.copy()\n"
        "[other.uid == m.uid, other.avgMetrics == m.avgMetrics, other.bestModel.coefficients == m.bestModel.coefficients]",
        "grid": "set_values(ParamGridBuilder().baseOn({lr.labelCol: 'l'}).baseOn((lr.predictionCol, 'p'))"
        ".addGrid(lr.regParam, [1, 2.0]).addGrid(lr.maxIter, [1, 5]).build())",
        "many_fits_at_once": "models = dict(lr.fitMultiple(folded, grid))\n[[models[i].getRegParam(), models[i].intercept] for i in sorted(models)]",
        "fit_of_a_list": "[[m.getRegParam(), m.intercept] for m in lr.fit(folded, grid)]",
        "error_fold_out_of_range": CROSS + "cv.fit(folded.withColumn('fold', F.lit(3)))",
        "error_fold_negative": CROSS + "cv.fit(folded.withColumn('fold', F.expr('fold - 1')))",
        "error_fold_null": CROSS + "cv.fit(folded.withColumn('fold', F.expr('nullif(fold, 1)')))",
        "error_fold_empty": CROSS + "cv.setNumFolds(4).fit(folded)",
        "error_fold_text": CROSS + "cv.fit(folded.withColumn('fold', F.lit('one')))",
        "error_fold_column": CROSS + "cv.setFoldCol('none').fit(folded)",
        "error_label_column": CROSS + "cv.setFoldCol('').fit(folded.drop('label'))",
        "error_value": CROSS + "cv.setEstimatorParamMaps([{lr.regParam: -1.0}]).fit(folded)",
        "error_value_in_parallel": CROSS
        + "cv.setParallelism(2).setEstimatorParamMaps([{lr.regParam: 0.1}, {lr.regParam: -1.0}]).fit(folded)",
        "error_metric": CROSS + "cv.setEvaluator(BinaryClassificationEvaluator(metricName='none')).fit(folded)",
        "error_nothing_set": "CrossValidator().fit(folded)",
        "error_grid_without_a_parameter": "ParamGridBuilder().addGrid('regParam', [1.0])",
        "error_grid_of_another_type": "ParamGridBuilder().addGrid(lr.regParam, ['much']).build()",
        "error_extraneous": CROSS
        + "cv.setEstimatorParamMaps([{LogisticRegression().regParam: 1.0}]).save(fresh('cv'))",
        "error_nested": CROSS
        + "CrossValidator(estimator=cv, estimatorParamMaps=grid, evaluator=auc).save(fresh('cv'))",
        "error_no_sub_models": CROSS + "cv.fit(folded).write().option('persistSubModels', 'true').save(fresh('cv'))",
        "error_exists": CROSS + "folder = fresh('cv')\ncv.save(folder)\ncv.save(folder)",
        "error_other_class": CROSS + "folder = fresh('lr')\nlr.save(folder)\nCrossValidator.load(folder)",
        "error_absent": "CrossValidatorModel.load(f'{tmp}/nothing')",
    },
    "train_validation_split": {
        "split_by_seed": SPLIT
        + "m = tvs.fit(numbers)\n[m.validationMetrics, m.getTrainRatio(), m.bestModel.getRegParam(), m.bestModel.coefficients]",
        "larger_part": SPLIT + "tvs.setTrainRatio(0.5).setSeed(3).fit(numbers).validationMetrics",
        "in_parallel": SPLIT + "tvs.setParallelism(2).fit(numbers).validationMetrics",
        "sub_models": SPLIT + "m = tvs.setCollectSubModels(True).setParallelism(2).fit(numbers)\n"
        "[[one.getRegParam(), one.getElasticNetParam(), one.intercept] for one in m.subModels]",
        "transforms_as_the_best": SPLIT + "m = tvs.fit(numbers)\nshown(m.transform(numbers), 'prediction')",
        "saved_search": SPLIT + "folder = fresh('tvs')\ntvs.write().save(folder)\nsaved(folder)",
        "loaded_search": SPLIT + "folder = fresh('tvs')\ntvs.save(folder)\nback = TrainValidationSplit.load(folder)\n"
        "[back.uid == tvs.uid, back.getTrainRatio(), back.getSeed(), set_values(back.getEstimatorParamMaps()),\n"
        " back.fit(numbers).validationMetrics]",
        "saved_model": SPLIT
        + "folder = fresh('tvs')\ntvs.setCollectSubModels(True).fit(numbers).write().save(folder)\nsaved(folder)",
        "loaded_model": SPLIT
        + "folder = fresh('tvs')\nm = tvs.setCollectSubModels(True).fit(numbers)\nm.save(folder)\n"
        "back = TrainValidationSplitModel.load(folder)\n"
        "[back.uid == m.uid, back.validationMetrics == m.validationMetrics, len(back.subModels),\n"
        " back.transform(numbers).select('prediction').collect() == m.transform(numbers).select('prediction').collect()]",
        "loaded_without_sub_models": SPLIT
        + "folder = fresh('tvs')\nm = tvs.fit(numbers)\nm.save(folder)\nTrainValidationSplitModel.load(folder).subModels",
        "error_value": SPLIT + "tvs.setEstimatorParamMaps([{lin.maxIter: -1}]).fit(numbers)",
        "error_nothing_set": "TrainValidationSplit().fit(numbers)",
        "error_all_for_training": SPLIT + "tvs.setTrainRatio(1.0).fit(numbers)",
        "error_none_for_training": SPLIT + "tvs.setTrainRatio(0.0).fit(numbers)",
    },
    "one_vs_rest": {
        "fit": REST + "m = ovr.fit(flowers)\n[len(m.models), [[one.coefficients, one.intercept] for one in m.models]]",
        "weighted": REST
        + "m = ovr.setWeightCol('w').fit(flowers)\n[[one.coefficients, one.intercept] for one in m.models]",
        "weight_is_ignored": REST
        + "svm = OneVsRest(classifier=FMClassifier(maxIter=1, seed=1), weightCol='w')\nlen(svm.fit(flowers).models)",
        "in_parallel": REST + "m = ovr.setParallelism(2).fit(flowers)\n[one.intercept for one in m.models]",
        "transform": REST + "m = ovr.fit(flowers)\nshown(m.transform(flowers), 'prediction', 'rawPrediction')",
        "evaluate": REST
        + "m = ovr.fit(flowers)\nMulticlassClassificationEvaluator(metricName='accuracy').evaluate(m.transform(flowers))",
        "columns": REST + "m = ovr.copy({ovr.predictionCol: 'p', ovr.rawPredictionCol: 'r'}).fit(flowers)\n"
        "[m.transform(flowers).columns, shown(m.transform(flowers), 'p')]",
        "cached_table": REST + "t = flowers.cache()\nm = ovr.fit(t)\nshown(m.transform(t), 'prediction')",
        "of_trees": REST + "m = OneVsRest(classifier=DecisionTreeClassifier(maxDepth=3)).fit(flowers)\n"
        "[[one.numNodes, one.depth] for one in m.models]",
        "in_a_pipeline": REST
        + "m = Pipeline(stages=[MinMaxScaler(inputCol='features', outputCol='s'), ovr.copy({ovr.featuresCol: 's'})]).fit(flowers)\n"
        "shown(m.transform(flowers), 'prediction')",
        "in_a_cross_validator": REST
        + "base = ovr.getClassifier()\nmaps = ParamGridBuilder().addGrid(base.regParam, [0.01, 1.0]).build()\n"
        "f1 = MulticlassClassificationEvaluator()\n"
        "cv = CrossValidator(estimator=ovr, estimatorParamMaps=maps, evaluator=f1, seed=5, numFolds=2, parallelism=2)\n"
        "m = cv.fit(flowers)\n[m.avgMetrics, len(m.bestModel.models)]",
        "over_classifiers": REST
        + "maps = ParamGridBuilder().addGrid(ovr.classifier, [lr, DecisionTreeClassifier(maxDepth=2)]).build()\n"
        "cv = CrossValidator(estimator=ovr, estimatorParamMaps=maps, evaluator=MulticlassClassificationEvaluator())\n"
        "folder = fresh('cv')\ncv.save(folder)\nback = CrossValidator.load(folder)\n"
        "[sorted(saved(folder)), [type(one[ovr.classifier]).__name__ for one in back.getEstimatorParamMaps()]]",
        "saved": REST + "folder = fresh('ovr')\novr.write().save(folder)\nsaved(folder)",
        "loaded": REST + "folder = fresh('ovr')\novr.save(folder)\nback = OneVsRest.load(folder)\n"
        "[back.uid == ovr.uid, back.getClassifier().getRegParam(), back.fit(flowers).models[2].intercept]",
        "saved_model": REST + "folder = fresh('ovr')\novr.fit(flowers).write().save(folder)\nsaved(folder)",
        "loaded_model": REST
        + "folder = fresh('ovr')\nm = ovr.fit(flowers)\nm.save(folder)\nback = OneVsRestModel.load(folder)\n"
        "[back.uid == m.uid, [one.coefficients == other.coefficients for one, other in zip(back.models, m.models)]]",
        "loaded_model_transforms": REST
        + "folder = fresh('ovr')\nm = ovr.fit(flowers)\nm.save(folder)\nback = OneVsRestModel.load(folder)\n"
        "shown(back.transform(flowers), 'prediction') == shown(m.transform(flowers), 'prediction')",
        "error_no_classifier": REST + "OneVsRest().fit(flowers)",
        "error_label_column": REST + "ovr.setLabelCol('none').fit(flowers)",
        "error_no_rows": REST + "ovr.fit(flowers.limit(0))",
    },
    "pipelines": {
        "in_pipelines": "inner = Pipeline(stages=[StandardScaler(inputCol='features', outputCol='s'), PCA(k=2, inputCol='s', outputCol='v')])\n"
        "outer = Pipeline(stages=[inner, lr.copy({lr.featuresCol: 'v', lr.regParam: 0.1})])\nm = outer.fit(folded)\n"
        "[len(m.stages), len(m.stages[0].stages), shown(m.transform(folded), 'prediction'), m.stages[1].intercept]",
        "in_pipelines_saved": "inner = Pipeline(stages=[StandardScaler(inputCol='features', outputCol='s')])\n"
        "outer = Pipeline(stages=[inner, lr.copy({lr.featuresCol: 's'})])\nfolder = fresh('p')\nouter.save(folder)\n"
        "back = Pipeline.load(folder)\n[saved(folder), [type(stage).__name__ for stage in back.getStages()]]",
        "in_pipelines_loaded": "inner = Pipeline(stages=[StandardScaler(inputCol='features', outputCol='s')])\n"
        "m = Pipeline(stages=[inner, lr.copy({lr.featuresCol: 's', lr.regParam: 0.1})]).fit(folded)\n"
        "folder = fresh('p')\nm.save(folder)\nback = PipelineModel.load(folder)\n"
        "[back.uid == m.uid, shown(back.transform(folded), 'probability') == shown(m.transform(folded), 'probability')]",
        "with_a_search": CROSS
        + "line = Pipeline(stages=[StandardScaler(inputCol='features', outputCol='s'), cv])\nm = line.fit(folded)\n"
        "[[type(stage).__name__ for stage in m.stages], m.stages[1].avgMetrics]",
        "with_a_search_saved": CROSS
        + "m = Pipeline(stages=[cv]).fit(folded)\nfolder = fresh('p')\nm.save(folder)\nback = PipelineModel.load(folder)\n"
        "[sorted(saved(folder)), type(back.stages[0]).__name__,\n"
        " shown(back.transform(folded), 'prediction') == shown(m.transform(folded), 'prediction')]",
        "without_stages": "m = Pipeline(stages=[]).fit(folded)\n[m.stages, m.transform(folded).columns == folded.columns]",
        "without_stages_saved": "folder = fresh('p')\nPipeline(stages=[]).fit(folded).save(folder)\nlen(PipelineModel.load(folder).stages)",
        "of_transformers": "m = Pipeline(stages=[Normalizer(inputCol='features', outputCol='n', p=1.0)]).fit(folded)\nshown(m.transform(folded), 'n')",
        "after_the_last_estimator": "line = Pipeline(stages=[lr, SQLTransformer(statement='SELECT prediction + 1 AS p FROM __THIS__')])\n"
        "line.fit(folded).transform(folded).columns",
        "with_other_values": "line = Pipeline(stages=[lr])\n[line.fit(folded, {lr.regParam: r}).stages[0].intercept for r in (0.1, 1.0)]",
        "copied": "line = Pipeline(stages=[lr])\nother = line.copy({lr.regParam: 0.5})\n"
        "[other.uid == line.uid, other.getStages()[0].getRegParam(), lr.getRegParam()]",
        "error_no_stage": "Pipeline(stages=[lr, 'text']).fit(folded)",
        "error_stages_unset": "Pipeline().fit(folded)",
        "error_in_a_stage": "Pipeline(stages=[StringIndexer(inputCol='none', outputCol='i'), lr]).fit(folded)",
        "error_column_twice": "scaler = StandardScaler(inputCol='features', outputCol='x1')\nPipeline(stages=[scaler, lr]).fit(folded)",
        "error_exists": "folder = fresh('p')\nline = Pipeline(stages=[lr])\nline.save(folder)\nline.save(folder)",
        "error_absent": "PipelineModel.load(f'{tmp}/nothing')",
        "error_other_class": "folder = fresh('lr')\nlr.save(folder)\nPipeline.load(folder)",
    },
    "functions": {
        "vectors_to_arrays": VECTORS
        + "d = rows.select(vector_to_array('v').alias('d'), vector_to_array('v', 'float32').alias('f'))\n"
        "[d.dtypes, [list(row) for row in d.collect()]]",
        "arrays_to_vectors": VECTORS
        + "[row.v for row in rows.select(array_to_vector(vector_to_array('v')).alias('v')).collect()]",
        "numbers_to_vectors": "[row.v for row in spark.sql('SELECT array(1, id) AS a FROM range(3)')"
        ".select(array_to_vector('a').alias('v')).collect()]",
        "error_array_of_numbers": "spark.range(2).select(vector_to_array('id')).collect()",
        "summaries_of_groups": VECTORS + "g = rows.groupBy('k').agg(Summarizer.mean(rows.v).alias('mean'),\n"
        "    Summarizer.variance(rows.v, rows.w).alias('variance'), Summarizer.count(rows.v).alias('n'))\n"
        "[list(row) for row in g.orderBy('k').collect()]",
        "summary_of_several": VECTORS + "s = Summarizer.metrics('max', 'normL2').summary(rows.v, rows.w)\n"
        "[list(row) for row in rows.select(s.alias('s')).select('s.*').collect()]",
        "gaussians_of_a_mixture": "m = GaussianMixture(k=3, seed=3, tol=1e-10, maxIter=300).fit(blobs)\n"
        "sorted([list(one.mean), one.cov.toArray().tolist()] for one in m.gaussians)",
        "probabilities_of_a_mixture": "s = GaussianMixture(k=3, seed=3, tol=1e-10, maxIter=300).fit(blobs).summary\n"
        "most = s.probability.select(F.array_max(vector_to_array('probability')).alias('p'))\n"
        "[s.probabilityCol, s.probability.columns, s.cluster.columns, s.cluster.count(), shown(most, 'p')]",
    },
    "evaluations": {
        name: f"s = {estimator}.evaluate({table})\n{numbers}"
        for name, estimator, table, numbers in (
            ("logistic", "lr.copy({lr.regParam: 0.1}).fit(folded)", "folded.where('fold = 1')", OF_TWO),
            ("logistic_of_three", "lr.copy({lr.regParam: 0.1}).fit(iris)", "iris", OF_SOME),
            ("svc", "LinearSVC(regParam=0.1, tol=1e-12, maxIter=500).fit(folded)", "folded.where('fold = 1')", OF_TWO),
            ("forest", f"RandomForestClassifier({ONE_TREE}).fit(folded)", "folded.where('fold = 1')", OF_TWO),
            ("forest_of_three", f"RandomForestClassifier({ONE_TREE}).fit(iris)", "iris", OF_SOME),
            ("perceptron", "MultilayerPerceptronClassifier(layers=[4, 3], seed=1, maxIter=5).fit(iris)", "iris", OF_SOME),
            ("factors", "FMClassifier(seed=1, stepSize=0.1, maxIter=5).fit(folded)", "folded.where('fold = 1')", OF_TWO),
            ("line", "lin.fit(numbers)", "numbers.where('fold = 1')", "[s.r2, s.meanAbsoluteError, s.numInstances]"),
        )
    },
}
